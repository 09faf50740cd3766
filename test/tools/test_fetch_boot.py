# SPDX-License-Identifier: GPL-2.0+
"""tools/fetch-boot provides what test-boot boots"""

import io
import os
import tarfile

import pytest

from conftest import load


@pytest.fixture
def boot(tmp_path, monkeypatch):
    """The script, with an empty cache, and a Debian that is a directory

    Its packages are plain archives: apt-get copies them, dpkg-deb shows them.
    """
    monkeypatch.setenv('UBOOT_CACHE', str(tmp_path / 'cache'))
    script = load('fetch-boot')
    debian, commands = tmp_path / 'debian', tmp_path / 'bin'
    debian.mkdir()
    commands.mkdir()
    for package, files in script.PACKAGES.items():
        with tarfile.open(debian / f'{package}_1_all.deb', 'w') as tar:
            for name in files:
                info = tarfile.TarInfo(f'./{name}')
                info.size = len(package)
                tar.addfile(info, io.BytesIO(package.encode()))
    for name, text in {
            'apt-get': f'echo "$@" >>{tmp_path}/log; cp "$3" {tmp_path}/; '
                       f'case $4 in download) cp {debian}/*.deb . ;; esac',
            'dpkg-deb': 'cat "$2"'}.items():
        (commands / name).write_text(f'#!/bin/sh\n{text}\n')
        (commands / name).chmod(0o755)
    monkeypatch.setenv('PATH', f'{commands}:{os.environ["PATH"]}')
    script.etc = tmp_path / 'apt'
    script.etc.mkdir()
    (script.etc / 'sources.list').write_text(
        'deb http://m.example/d trixie main\n')
    script.debian, script.log = debian, tmp_path / 'log'
    script.config = tmp_path / 'apt.conf'
    return script


def cached(tmp_path):
    cache = tmp_path / 'cache'
    return sorted(str(path.relative_to(cache)) for path in cache.rglob('*'))


FILES = ['boot-bookworm', 'boot-bookworm/busybox',
         'boot-bookworm/grubaa64.efi', 'boot-bookworm/linux']


def test_packages_become_what_boots(boot, tmp_path):
    """For arm64, from the machine's mirror; in the cache is what is used

    Proves: BLD-075
    """
    boot.provide(tmp_path / 'disk', boot.etc)
    assert (tmp_path / 'disk/linux').read_text() == \
        'debian-installer-12-netboot-arm64'
    assert (tmp_path / 'disk/grubaa64.efi').read_text() == \
        'grub-efi-arm64-signed'
    grub = (tmp_path / 'disk/EFI/debian/grub.cfg').read_text()
    assert 'linux /linux' in grub
    assert cached(tmp_path) == FILES
    assert 'APT::Architecture "arm64"' in boot.config.read_text()
    assert [line.split()[3] for line in boot.log.read_text().splitlines()] == \
        ['update', 'download']


def read_cpio(data):
    """{name: (mode, content, device)} of an archive in newc form"""
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b'070701' and at % 4 == 0
        field = [int(data[i:i + 8], 16)
                 for i in range(at + 6, at + 110, 8)]
        name_end = at + 110 + field[11]
        name = data[at + 110:name_end - 1].decode()
        start = (name_end + 3) & ~3
        if name == 'TRAILER!!!':
            return found
        found[name] = (field[1], data[start:start + field[6]],
                       tuple(field[9:11]))
        at = (start + field[6] + 3) & ~3


def test_initrd(boot):
    """The archive has the directories, the console, busybox and init

    Proves: BLD-075
    """
    found = read_cpio(boot.initrd(b'busybox'))
    assert list(found) == ['bin', 'dev', 'proc', 'tmp', 'dev/console',
                           'bin/busybox', 'init']
    assert found['bin'][0] == 0o40755
    assert found['dev/console'][0] == 0o20600
    assert found['dev/console'][2] == (5, 1)
    assert found['bin/busybox'] == (0o100755, b'busybox', (0, 0))
    assert found['init'][0] == 0o100755
    assert found['init'][1].startswith(b'#!/bin/busybox sh\n')


def test_second_time_nothing_is_done(boot, tmp_path):
    """Neither a download nor a file that is written again

    Proves: BLD-075
    """
    boot.provide(tmp_path / 'disk', boot.etc)
    boot.log.unlink()
    before = {path: path.stat().st_mtime_ns
              for path in (tmp_path / 'disk').rglob('*')}
    boot.provide(tmp_path / 'disk', boot.etc)
    assert not boot.log.exists()
    assert before == {path: path.stat().st_mtime_ns
                      for path in (tmp_path / 'disk').rglob('*')}
    (tmp_path / 'disk/linux').write_text('something else')
    boot.provide(tmp_path / 'disk', boot.etc)
    assert (tmp_path / 'disk/linux').read_text().startswith('debian-')


def damage_one(debian):
    with tarfile.open(next(debian.glob('busybox*')), 'w'):
        pass


@pytest.mark.parametrize('damage, why', [
    (lambda debian: next(debian.glob('grub*')).unlink(), 'no package grub'),
    (damage_one, 'it has no busybox')])
def test_nothing_half_stays_in_the_cache(boot, tmp_path, damage, why):
    """A package that is missing, or has not what it should, is told

    Proves: BLD-075
    """
    damage(boot.debian)
    with pytest.raises(boot.FetchError, match=why):
        boot.provide(tmp_path / 'disk', boot.etc)
    assert cached(tmp_path) == []
