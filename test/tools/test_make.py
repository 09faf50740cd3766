# SPDX-License-Identifier: GPL-2.0+
"""The Makefile, with a small tree that takes the place of U-Boot's"""

import os
import shutil
import subprocess
import time

import pytest

from conftest import REPO

# Stands for U-Boot's own build: notes what it is asked for
KBUILD = '''\
all:
	echo build >>$(O)/../kbuild
	cat $(wildcard cmd/*.c) $(O)/.config >$(O)/u-boot.bin
	cp $(O)/u-boot.bin $(O)/u-boot
	touch $(O)/.config
	test ! -e broken
%_defconfig:
	mkdir -p $(O)
	echo config >>$(O)/../kbuild
	cp configs/$@ $(O)/.config
olddefconfig:
'''


@pytest.fixture
def work(tmp_path, uboot):
    """A repository to call make in, and the tree that it builds on"""
    (uboot / 'Makefile').write_text(KBUILD)
    repo = tmp_path / 'repo'
    for name in ('Makefile', 'tools/graft', 'tools/fetch-uboot',
                 'tools/private_apt.py', 'tools/run-tiers',
                 'configs/mmu_pfa_virt.config'):
        (repo / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPO / name, repo / name)
    for name in ('board/mmu_pfa/virt', 'cmd', 'include/mmu_pfa',
                 'lib/mmu_pfa', 'test/lib'):
        (repo / name).mkdir(parents=True)
    (repo / 'cmd/pfa.c').write_text('pfa\n')
    (repo / 'tools/fetch-boot').write_text('#!/bin/sh\n')
    (repo / 'tools/fetch-boot').chmod(0o755)
    (repo / 'tools/setup.sh').write_text(
        '#!/bin/sh\necho "$@" >>setup-log\n')
    (repo / 'tools/run-tests').write_text(
        'import sys\nprint(*sys.argv[1:])\n'
        'print("7 passed, 0 failed, 0 skipped")\n')
    (repo / 'tools/setup.sh').chmod(0o755)

    class Work:
        path = repo
        src = uboot
        build = repo / 'build'

        def make(self, *args):
            """Status and output of make"""
            env = {'PATH': os.environ['PATH'], 'UBOOT_SRC': str(self.src),
                   'SOURCE_DATE_EPOCH': '0'}
            done = subprocess.run(
                ['make', '-C', str(repo), '--no-print-directory', *args],
                env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
            return done.returncode, done.stdout

        def calls(self):
            """What U-Boot's build was asked for since the last call"""
            log = self.build / 'kbuild'
            calls = log.read_text().split() if log.exists() else []
            log.unlink(missing_ok=True)
            return calls

        def write(self, name, text):
            # Later than what was built, whatever the clock's resolution
            time.sleep(0.02)
            (repo / name).write_text(text)

    return Work()


def test_make_leaves_the_image(work):
    """The image and its symbols are in build/, our files in the tree

    Proves: BLD-060
    """
    status, out = work.make()
    assert status == 0, out
    assert work.calls() == ['config', 'build']
    for name in ('u-boot.bin', 'u-boot'):
        text = (work.build / name).read_text()
        assert 'pfa' in text and 'CONFIG_TARGET_MMU_PFA_VIRT=y' in text
    assert (work.build / 'tree/cmd/pfa.c').is_symlink()
    assert (work.path / 'setup-log').read_text() == 'build\n'


def test_variant_has_sources_of_its_own(work):
    """An image with less is built anew when a source changes that ours lacks

    Proves: BLD-079
    """
    assert work.make('image-bare')[0] == 0
    assert work.calls() == ['config', 'build', 'build']
    work.make('image-bare')
    assert work.calls() == []
    work.write('lib/mmu_pfa/bare.c', 'bare')
    work.make('image-bare')
    assert work.calls() == ['build', 'build']


def test_second_make_does_nothing(work):
    """Neither set-up nor a build, and one line says so

    Proves: BLD-061
    """
    work.make()
    work.calls()
    before = {path: path.lstat().st_mtime_ns for path in work.build.rglob('*')}
    assert work.make() == (0, 'build/u-boot.bin is up to date\n')
    assert work.calls() == []
    assert {path: path.lstat().st_mtime_ns
            for path in work.build.rglob('*')} == before


def test_edit_is_built(work):
    """An edited, a new and a deleted file each lead to a build

    Proves: BLD-062
    """
    work.make()
    work.calls()
    work.write('cmd/pfa.c', 'pfa, edited\n')
    assert work.make()[0] == 0
    assert work.calls() == ['build']
    assert 'pfa, edited' in (work.build / 'u-boot.bin').read_text()

    work.write('cmd/mmu.c', 'mmu\n')
    work.make()
    assert work.calls() == ['build']
    assert 'mmu' in (work.build / 'u-boot.bin').read_text()

    (work.path / 'cmd/mmu.c').unlink()
    work.make()
    assert work.calls() == ['build']
    assert not os.path.lexists(work.build / 'tree/cmd/mmu.c')


def test_configuration_follows_the_fragment(work):
    """A change of the fragment makes .config anew; menuconfig's lasts else

    Proves: BLD-062
    """
    work.make()
    work.calls()
    work.write('build/obj/.config', 'CONFIG_MINE=y\n')
    work.make()
    assert work.calls() == ['build']
    assert 'CONFIG_MINE=y' in (work.build / 'u-boot.bin').read_text()
    work.write('configs/mmu_pfa_virt.config', 'CONFIG_NEW=y\n')
    work.make()
    assert work.calls() == ['config', 'build']
    assert 'CONFIG_NEW=y' in (work.build / 'u-boot.bin').read_text()


def test_failed_build_is_tried_again(work):
    """A build that fails fails make, and is no reason to be up to date

    Proves: BLD-063
    """
    (work.src / 'broken').touch()
    assert work.make()[0] != 0
    assert not (work.build / 'u-boot.bin').exists()
    assert work.make()[0] != 0
    assert work.calls() == ['config', 'build', 'build']
    (work.src / 'broken').unlink()
    assert work.make()[0] == 0
    assert (work.build / 'u-boot.bin').exists()


def test_other_source_starts_over(work, tmp_path):
    """What was built from another tree is not mixed in

    Proves: BLD-064
    """
    work.make()
    (work.build / 'obj/left').touch()
    other = tmp_path / 'other'
    shutil.copytree(work.src, other, symlinks=True)
    work.src = other
    work.make()
    assert not (work.build / 'obj/left').exists()
    assert work.calls() == ['config', 'build'] * 2


def test_graft_that_fails_fails_make(work):
    """A tree without an anchor is not built

    Proves: BLD-063
    """
    (work.src / 'cmd/Makefile').write_text('')
    status, out = work.make()
    assert status != 0
    assert 'cmd/Makefile' in out
    assert work.calls() == []


@pytest.mark.parametrize('name', ['my repo', 'my:repo'])
def test_path_with_a_blank_or_colon_is_refused(work, tmp_path, name):
    """U-Boot's build would stop with a riddle: one line says why, at once

    Proves: BLD-068
    """
    odd = tmp_path / name
    work.path.rename(odd)
    done = subprocess.run(['make', 'test'], cwd=odd, text=True, timeout=60,
                          env={'PATH': os.environ['PATH']},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    assert done.returncode != 0
    assert done.stdout.count('\n') == 1 and str(odd) in done.stdout
    assert 'blank or a colon' in done.stdout
    assert not (odd / 'build').exists()


def test_run_starts_qemu(work, tmp_path):
    """With the image as -bios, the user's options, and a word on leaving

    Proves: BLD-065
    """
    qemu = tmp_path / 'qemu'
    qemu.write_text('#!/bin/sh\necho "qemu $@"\n')
    qemu.chmod(0o755)
    status, out = work.make('run', f'QEMU={qemu}', 'QEMU_EXTRA=-smp 2')
    assert status == 0
    lines = out.splitlines()
    assert lines[-2] == 'Ctrl-A X leaves QEMU'
    assert lines[-1].startswith('qemu -M virt ')
    assert lines[-1].endswith('-bios build/u-boot.bin -smp 2')


def test_test_ends_with_the_sum(work):
    """All suites, or one, or some tests; and continuous integration does it

    Proves: BLD-066
    """
    for args, expected in ((['test'], ''), (['test-host'], 'host'),
                           (['test-long'], '--timeout 3600 host'),
                           (['test-tools'], 'tools'), (['test-ut'], 'ut'),
                           (['test-faults'],
                            '--results build/results/faults --timeout 1200 '
                            'faults'),
                           (['test-cost'],
                            '--results build/results/cost cost'),
                           (['test-levels'],
                            '--results build/results/levels levels'),
                           (['test-options'],
                            '--results build/results/options options'),
                           (['test-boot'],
                            '--results build/results/boot boot'),
                           (['test-uboot'],
                            '-j 1 --results build/results/uboot uboot'),
                           (['test-console', 'K=a or b'],
                            '-k a or b console')):
        status, out = work.make(*args)
        assert status == 0, out
        assert out.splitlines()[-2:] == [
            expected, '7 passed, 0 failed, 0 skipped']
    status, out = work.make('ci', 'CI_TIERS=test test-long')
    assert status == 0, out
    assert out.splitlines()[-1] == '14 passed, 0 failed, 0 skipped'
    (work.path / 'tools/run-tests').write_text('raise SystemExit(1)')
    assert work.make('test')[0] != 0
    assert work.make('ci', 'CI_TIERS=test')[0] != 0


def test_long_needs_the_fuzzer(work):
    """Where it cannot be had the tier fails: it would have fuzzed nothing

    Proves: BLD-080
    """
    (work.path / 'tools/setup.sh').write_text(
        '#!/bin/sh\ncase "$*" in *fuzz*) echo no clang; exit 1;; esac\n')
    status, out = work.make('test-long')
    assert status != 0 and 'no clang' in out


def test_images_to_compare_with(work):
    """Ours without unit tests, stock, and stock with what ours switches on

    Proves: BLD-077
    """
    def built():
        return {name: (work.build / name / 'u-boot.bin').read_text()
                for name in ('obj-plain', 'stock/obj', 'stock/obj-ut')}

    status, out = work.make('test-uboot')
    assert status == 0, out
    first = built()
    assert 'pfa' in first['obj-plain']
    assert first['obj-plain'].endswith('CONFIG_UNIT_TEST=n\n')
    assert 'pfa' not in first['stock/obj']
    assert 'CONFIG_UNIT_TEST=y' not in first['stock/obj']
    assert 'CONFIG_UNIT_TEST=y' in first['stock/obj-ut']
    assert not os.path.lexists(work.build / 'stock/tree/cmd/pfa.c')
    (work.build / 'kbuild').unlink()
    (work.build / 'stock/kbuild').unlink()
    work.make('test-uboot')
    assert not (work.build / 'kbuild').exists()
    assert not (work.build / 'stock/kbuild').exists()
    work.write('cmd/pfa.c', 'pfa, edited\n')
    work.make('test-uboot')
    assert work.calls() == ['build', 'build']
    assert 'pfa, edited' in built()['obj-plain']
    assert not (work.build / 'stock/kbuild').exists()


def test_clean_and_distclean(work):
    """clean keeps the source tree, distclean nothing

    Proves: BLD-067
    """
    work.make()
    assert work.make('clean')[0] == 0
    assert (work.build / 'tree').exists()
    assert not (work.build / 'obj').exists()
    assert not (work.build / 'u-boot.bin').exists()
    assert work.make()[0] == 0
    assert (work.build / 'u-boot.bin').exists()
    assert work.make('distclean')[0] == 0
    assert not work.build.exists()
