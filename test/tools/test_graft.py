# SPDX-License-Identifier: GPL-2.0+
"""tools/graft puts the extension into a tree, and takes it out again"""

import json
import os
import sys

import pytest

from conftest import contents, load

LEFT = 'left by some tool, and not to be grafted'

FILES = {
    'board/mmu_pfa/virt/Kconfig': 'config TARGET_MMU_PFA_VIRT\n',
    'cmd/mmu_pfa_cli.c': 'cli\n',
    'cmd/mmu_walk.c': 'walk\n',
    'cmd/pfa.c': 'pfa\n',
    'configs/mmu_pfa_virt.config': '# why\nCONFIG_UNIT_TEST=y\n',
    'doc/usage/cmd/pfa.rst': 'pfa\n',
    'include/mmu_pfa/pfa.h': 'pfa\n',
    'lib/mmu_pfa/Kconfig': 'config MMU_PFA\n',
    'lib/mmu_pfa/arm64/Makefile': 'obj-y := live.o\n',
    'lib/mmu_pfa/buddy.c~': LEFT,
    'lib/mmu_pfa/.buddy.c.swp': LEFT,
    'lib/mmu_pfa/__pycache__/x': LEFT,
    'test/lib/mmu_pfa.c': 'ut\n',
    'test/py/tests/test_mmu_pfa_board.py': 'pass\n',
}

MODES = [[], ['--link']]


@pytest.fixture
def repo(tmp_path):
    """A small repository of ours"""
    path = tmp_path / 'repo'
    for name, text in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


@pytest.fixture
def graft(repo):
    """The script, on that repository: call it with its arguments"""
    module = load('graft')
    module.REPO = repo
    return lambda *args: module.main([str(arg) for arg in args])


def lines(path):
    return path.read_text().splitlines()


@pytest.mark.parametrize('mode', MODES)
def test_files_and_hooks_are_there(graft, repo, uboot, mode):
    """Each file has its place, and kbuild is told of it at the right line

    Proves: BLD-010
    """
    assert graft(*mode, uboot) == 0
    for name, text in FILES.items():
        if text == LEFT:
            assert not (uboot / name).exists()
        else:
            assert (uboot / name).read_text() == text
            assert (uboot / name).is_symlink() == bool(mode)
    tag = ' # mmu_pfa graft'
    assert lines(uboot / 'cmd/Makefile') == [
        'ifndef CONFIG_XPL_BUILD',
        'obj-$(CONFIG_CMD_MEMINFO) += meminfo.o',
        'obj-$(CONFIG_MMU_PFA) += mmu_pfa_cli.o' + tag,
        'obj-$(CONFIG_CMD_PFA) += pfa.o' + tag,
        'obj-$(CONFIG_CMD_MMU) += mmu_walk.o' + tag,
        '$(addprefix $(obj)/,mmu_pfa_cli.o pfa.o mmu_walk.o): '
        'ccflags-y += $(MMU_PFA_CFLAGS)' + tag,
        'obj-$(CONFIG_CMD_MEMORY) += mem.o',
        'endif']
    assert lines(uboot / 'arch/arm/Kconfig')[1:3] == [
        'source "board/mmu_pfa/virt/Kconfig"' + tag,
        'source "arch/arm/mach-qemu/Kconfig"']
    assert lines(uboot / 'lib/Kconfig')[0] == \
        'source "lib/mmu_pfa/Kconfig"' + tag
    assert lines(uboot / 'lib/Makefile')[0] == \
        'obj-$(CONFIG_MMU_PFA) += mmu_pfa/' + tag
    assert lines(uboot / 'test/lib/Makefile')[0] == \
        'obj-$(CONFIG_MMU_PFA) += mmu_pfa.o' + tag


def test_real_anchors_hold(tmp_path):
    """The tree that the image is built from has each anchor once

    Proves: BLD-010
    """
    module = load('graft')
    tree = module.REPO / 'build/tree'
    if not tree.is_dir():
        pytest.skip('no tree in build/')
    for name, anchor in module.ANCHORS.items():
        assert lines(tree / name).count(anchor) == 1, name


@pytest.mark.parametrize('mode', MODES)
def test_second_run_writes_nothing(graft, uboot, mode, capsys):
    """A tree that is up to date is not touched, not even its dates

    Proves: BLD-011
    """
    graft(*mode, uboot)
    before = {path: path.lstat() for path in uboot.rglob('*')}
    capsys.readouterr()
    assert graft(*mode, uboot) == 0
    assert capsys.readouterr() == ('', '')
    assert {path: path.lstat().st_mtime_ns for path in uboot.rglob('*')} == \
        {path: stat.st_mtime_ns for path, stat in before.items()}


@pytest.mark.parametrize('mode', MODES)
def test_remove_restores_every_byte(graft, uboot, mode):
    """Contents, modes, files and directories are those from before

    Proves: BLD-012
    """
    (uboot / 'board').mkdir()   # empty, but not ours to remove
    before = contents(uboot)
    graft(*mode, uboot)
    assert contents(uboot) != before
    assert graft('--remove', uboot) == 0
    assert contents(uboot) == before


def test_both_ways_are_told(graft, uboot, capsys):
    """One line for what was done

    Proves: BLD-010 BLD-012
    """
    graft(uboot)
    assert capsys.readouterr().out == f'graft: 18 files changed in {uboot}\n'
    graft('--remove', uboot)
    assert capsys.readouterr().out == f'graft: removed from {uboot}\n'


@pytest.mark.parametrize('mode', MODES)
def test_cut_short_it_can_be_removed(graft, repo, uboot, mode, monkeypatch):
    """Whatever write is the last one that works, --remove restores the tree

    Proves: BLD-012
    """
    before = contents(uboot)
    module = sys.modules['graft']
    real = module.write_atomically
    for good in range(12):
        left = [good]

        def write(path, data):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            real(path, data)

        monkeypatch.setattr(module, 'write_atomically', write)
        try:
            graft(*mode, uboot)
        except KeyboardInterrupt:
            pass
        monkeypatch.setattr(module, 'write_atomically', real)
        assert graft('--remove', uboot) == 0
        assert contents(uboot) == before


def test_remove_from_an_untouched_tree(graft, uboot):
    """Removing what is not there changes nothing

    Proves: BLD-012
    """
    before = contents(uboot)
    assert graft('--remove', uboot) == 0
    assert contents(uboot) == before


@pytest.mark.parametrize('name, anchor', [
    ('arch/arm/Kconfig', 'source "arch/arm/mach-qemu/Kconfig"'),
    ('cmd/Makefile', 'obj-$(CONFIG_CMD_MEMORY) += mem.o'),
    ('lib/Kconfig', 'source "lib/fwu_updates/Kconfig"'),
    ('lib/Makefile', 'obj-$(CONFIG_EFI_LOADER) += efi_driver/'),
    ('test/lib/Makefile', 'obj-y += hexdump.o'),
])
@pytest.mark.parametrize('times', [0, 2])
def test_anchor_missing_or_ambiguous(graft, uboot, capsys, name, anchor,
                                     times):
    """File and line are named, and the tree stays as it is

    Proves: BLD-013
    """
    path = uboot / name
    path.write_text(path.read_text().replace(anchor + '\n',
                                             (anchor + '\n') * times))
    before = contents(uboot)
    assert graft(uboot) == 1
    error = capsys.readouterr().err
    assert name in error and anchor in error
    assert ('missing' if times == 0 else 'occurs 2 times') in error
    assert contents(uboot) == before


@pytest.mark.parametrize('name', ['lib/Kconfig',
                                  'configs/qemu_arm64_defconfig'])
def test_file_missing(graft, uboot, capsys, name):
    """A file that the graft needs is named, and the tree stays as it is

    Proves: BLD-013
    """
    (uboot / name).unlink()
    before = contents(uboot)
    assert graft(uboot) == 1
    assert f'{name}: missing' in capsys.readouterr().err
    assert contents(uboot) == before


def test_damaged_manifest(graft, uboot, capsys):
    """Without knowing what is ours nothing is done

    Proves: BLD-014
    """
    graft(uboot)
    (uboot / '.mmu_pfa-graft').write_text('{')
    before = contents(uboot)
    assert graft('--remove', uboot) == 1
    assert 'not a graft manifest' in capsys.readouterr().err
    assert contents(uboot) == before


def test_file_of_somebody_else(graft, uboot, capsys):
    """A file that has a name of ours is never replaced

    Proves: BLD-014
    """
    (uboot / 'cmd/pfa.c').write_text('theirs\n')
    before = contents(uboot)
    assert graft(uboot) == 1
    assert 'cmd/pfa.c: exists already and is not ours' in \
        capsys.readouterr().err
    assert contents(uboot) == before


def test_directory_in_the_way(graft, uboot, capsys):
    """Nor is a directory of that name

    Proves: BLD-014
    """
    (uboot / 'cmd/pfa.c').mkdir()
    before = contents(uboot)
    assert graft(uboot) == 1
    assert 'cmd/pfa.c: is a directory' in capsys.readouterr().err
    assert contents(uboot) == before


def test_edited_copies_are_kept(graft, repo, uboot, capsys):
    """Neither grafting anew nor removing discards an edit, unless forced

    Proves: BLD-014
    """
    graft(uboot)
    (uboot / 'cmd/pfa.c').write_text('pfa, improved\n')
    (repo / 'cmd/pfa.c').write_text('pfa, second version\n')
    before = contents(uboot)
    assert graft(uboot) == 1
    assert graft('--remove', uboot) == 1
    assert 'cmd/pfa.c: was edited' in capsys.readouterr().err
    assert contents(uboot) == before
    assert graft('--force', uboot) == 0
    assert (uboot / 'cmd/pfa.c').read_text() == 'pfa, second version\n'


@pytest.mark.parametrize('mode', MODES)
def test_tree_follows_the_repository(graft, repo, uboot, mode):
    """Files that come and go there come and go in the tree, with their hooks

    Proves: BLD-015
    """
    before = contents(uboot)
    graft(*mode, uboot)
    (repo / 'cmd/mmu_map.c').write_text('map\n')
    (repo / 'cmd/pfa.c').unlink()
    (repo / 'lib/mmu_pfa/arm64/Makefile').unlink()
    assert graft(*mode, uboot) == 0
    hooks = (uboot / 'cmd/Makefile').read_text()
    assert 'mmu_map.o' in hooks and 'pfa.o' not in hooks
    assert (uboot / 'cmd/mmu_map.c').exists()
    assert not os.path.lexists(uboot / 'cmd/pfa.c')
    assert not (uboot / 'lib/mmu_pfa/arm64').exists()
    manifest = json.loads((uboot / '.mmu_pfa-graft').read_text())
    assert 'cmd/pfa.c' not in manifest['files']
    assert 'lib/mmu_pfa/arm64' not in manifest['dirs']
    graft('--remove', uboot)
    assert contents(uboot) == before


def test_changed_file_is_copied_again(graft, repo, uboot):
    """Only what changed in the repository changes in the tree

    Proves: BLD-015
    """
    graft(uboot)
    before = contents(uboot)
    (repo / 'cmd/pfa.c').write_text('pfa, second version\n')
    assert graft('--check', uboot) == 1
    graft(uboot)
    after = contents(uboot)
    assert {name for name in after if after[name] != before[name]} == \
        {'cmd/pfa.c', '.mmu_pfa-graft'}


def test_defconfig_is_the_trees_own_with_ours_on_top(graft, uboot):
    """What our fragment sets is set once, and the rest is the tree's

    Proves: BLD-016
    """
    graft(uboot)
    assert lines(uboot / 'configs/mmu_pfa_virt_defconfig') == [
        'CONFIG_ARM=y', 'CONFIG_ARCH_QEMU=y', '# why', 'CONFIG_UNIT_TEST=y']


def test_check_tells_and_changes_nothing(graft, repo, uboot, capsys):
    """--check: status 0 for a complete graft only

    Proves: BLD-017
    """
    before = contents(uboot)
    assert graft('--check', uboot) == 1
    assert 'not there' in capsys.readouterr().err
    assert contents(uboot) == before
    for mode in MODES:
        graft(*mode, uboot)
        assert graft('--check', uboot) == 0
    (repo / 'include/mmu_pfa/new.h').write_text('new\n')
    assert graft('--check', uboot) == 1
    assert 'out of date' in capsys.readouterr().err


def test_what_is_not_a_tree_is_refused(graft, tmp_path, capsys):
    """A directory that is no U-Boot source tree stays as it is

    Proves: BLD-013
    """
    other = tmp_path / 'other'
    other.mkdir()
    assert graft(other) == 1
    assert 'not a U-Boot source tree' in capsys.readouterr().err
    assert contents(other) == {}


def test_link_farm_is_not_written_through(graft, uboot, tmp_path):
    """In a tree of symlinks, those get replaced: the originals stay

    Proves: BLD-018
    """
    farm = tmp_path / 'farm'
    for path in uboot.rglob('*'):
        link = farm / path.relative_to(uboot)
        if path.is_dir():
            link.mkdir(parents=True, exist_ok=True)
        else:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    before = contents(uboot)
    assert graft(farm) == 0
    assert contents(uboot) == before
    assert 'pfa.o' in (farm / 'cmd/Makefile').read_text()
