# SPDX-License-Identifier: GPL-2.0+
"""Debian's kernel comes to userspace, whatever the commands did before

'make test-boot' puts the kernel, a root file system and GRUB onto the disk of
the board; without them there is nothing to do here. Linux says where it is and
switches the machine off.

Stock U-Boot does not start Linux by booti at EL3 (virt with secure=on), so
that this is not tried; through EFI it does, at EL2.
"""

import os
import re
import time

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

HOLE = 0x5000000000
K, M = 1 << 10, 1 << 20
ARGS = 'console=ttyAMA0 loglevel=4 panic=-1'
HANDING_OVER = 'mmu: handing over on the boot-time map'
# QEMU interprets every instruction, and other tests run beside this one
PATIENCE = 240


@pytest.fixture
def disk(efi):
    """U-Boot, just booted, that has found the disk with what boots"""
    if not os.path.exists(
            f'{efi.raw.config.persistent_data_dir}/disk/linux'):
        pytest.skip('no kernel on the disk: see make test-boot')
    efi.ok('virtio scan')
    yield efi
    # QEMU may have ended with Linux
    efi.raw.cleanup_spawn()


def load(con, name, addr):
    con.ok(f'load virtio 0:1 {addr} {name}')


def address(con, name):
    return int(re.search(rf'{name}\s+= 0x([0-9a-f]+)',
                         con.ok('bdinfo')).group(1), 16)


def session(con):
    """What somebody does at the prompt who does not think of booting

    All of it is in memory that Linux will use, and none of it is undone.
    """
    con.ok('pfa alloc 8M -t kept kept')
    con.ok('pfa alloc 4K -n 20 -t kept')
    for name in ('relocaddr', 'sp start', 'TLB addr'):
        con.ok(f'mmu split {address(con, name) & ~(2 * M - 1):x} 2M')
    # Where EFI puts the images that it starts, down from what the PFA has
    top = min(int(row['zone'], 16) for row in con.json('pfa info -j')
              if 'zone' in row) & ~(2 * M - 1)
    con.ok(f'mmu protect 50000000 {top - 0x50000000:x} nx')
    con.ok(f'mmu split 50000000 {8 * M:x}')
    con.ok('mmu protect 50000000 1M ro')
    con.ok('mmu protect 50200000 2M ro,x')
    con.ok('mmu protect 50400000 64K none')
    con.ok('mmu protect 50600000 2M nc')
    con.ok('mmu unmap 51000000 3M; mmu unmap 52001000 1000')
    con.ok('mmu merge 50800000 8M')
    con.ok(f'mmu map {HOLE:x} $kept 8M -4k')
    con.ok(f'mmu map {HOLE + 64 * M:x} 48000000 32M ro,x,nc')
    con.ok(f'mmu map {HOLE + 256 * M:x} 80000000 1G rw,nx,dev')
    con.ok(f'mw.l {HOLE:x} 12345678 1000; mmu unmap {HOLE + 64 * M:x} 8M')
    con.ok('mmu watch 54000010 4 w; mmu guard null on; mmu guard stack on')
    assert 'watch 1: write' in con.ok('mw.l 54000010 1')
    assert con.run('md 4020000000 1')[1] == 1
    assert con.run('md 51000000 1')[1] == 1
    assert 'ok' in con.ok('mmu check tables') + con.ok('mmu check at')


def see_userspace(con, cmd, way, level):
    """Give the command, and follow Linux to its end

    The disk's registers are gone by then: U-Boot needs them to stop it.
    """
    con.ok('mmu unmap 3eff0000 64K; mmu unmap 10000000 1M')
    con.raw.run_command(cmd, wait_for_prompt=False)
    with con.raw.temporary_timeout(PATIENCE * 1000):
        con.raw.wait_for('userspace: end')
    text = con.raw.p.before.replace('\r', '')
    assert text.count(HANDING_OVER) == 1
    said = re.findall(r'userspace: (.*)', text)
    assert said[0].startswith('Linux ') and said[0].endswith(' aarch64')
    assert f'way={way}' in said[1]
    assert said[2].endswith(' MiB of zeroes, 0 others')
    assert f'CPU(s) started at EL{level}' in text
    if con.level == 3:
        return      # with no firmware below it Linux cannot switch off
    end = time.monotonic() + PATIENCE
    while con.raw.p.isalive():
        assert time.monotonic() < end, 'the machine was not switched off'
        time.sleep(0.1)


def test_booti(disk):
    """booti, at EL1 and EL2; the kernel's own pages made read-only, too

    Proves: LIV-090
    """
    if disk.level == 3:
        pytest.skip('stock U-Boot does not do this either')
    load(disk, 'linux', '$kernel_addr_r')
    load(disk, 'initrd', '$ramdisk_addr_r')
    disk.ok('setenv initrd $ramdisk_addr_r:$filesize')
    session(disk)
    disk.ok('mmu protect $kernel_addr_r 2M ro,nx')
    disk.ok(f'setenv bootargs {ARGS} way=booti')
    see_userspace(disk, 'booti $kernel_addr_r $initrd $fdtcontroladdr',
                  'booti', disk.level)


def test_kernel_as_an_efi_application(disk):
    """bootefi of the kernel, which loads its root file system itself

    Proves: LIV-091
    """
    session(disk)
    load(disk, 'linux', '$kernel_addr_r')
    disk.ok(f'setenv bootargs {ARGS} initrd=\\\\\\\\initrd way=efi')
    see_userspace(disk, 'bootefi $kernel_addr_r $fdtcontroladdr', 'efi',
                  min(disk.level, 2))


def test_grub(disk):
    """bootefi of Debian's GRUB, which starts the kernel

    Proves: LIV-092
    """
    session(disk)
    load(disk, 'grubaa64.efi', '$kernel_addr_r')
    see_userspace(disk, 'bootefi $kernel_addr_r $fdtcontroladdr', 'grub',
                  min(disk.level, 2))


def usable(con):
    """The commands work, and begin from the boot-time map"""
    assert len(con.json('mmu dump -j')) == 5
    con.ok(f'mmu map {HOLE:x} 48000000 2M -4k')
    con.ok(f'mw.l {HOLE:x} 89abcdef')
    assert '89abcdef' in con.ok('md.l 48000000 1')
    con.ok(f'mmu unmap {HOLE:x} 2M')
    assert con.run('md 4020000000 1')[1] == 1
    assert con.ok('echo alive') == 'alive'
    con.ok('pfa free -t kept')


def test_application_that_returns(disk):
    """The commands go on after it, and Linux boots after that

    Proves: LIV-042 LIV-093
    """
    session(disk)
    assert 'Hello, world!' in disk.ok('bootefi hello')
    usable(disk)
    load(disk, 'linux', '$kernel_addr_r')
    disk.ok(f'setenv bootargs {ARGS} initrd=\\\\\\\\initrd way=again')
    see_userspace(disk, 'bootefi $kernel_addr_r $fdtcontroladdr', 'again',
                  min(disk.level, 2))


@pytest.mark.parametrize('cmd', [
    'booti 48000000 - $fdtcontroladdr', 'bootefi 48000000 $fdtcontroladdr',
    'booti $kernel_addr_r - 48000000'])
def test_boot_that_fails(disk, cmd):
    """No image, no device tree: the session goes on, on the map it has made

    Proves: LIV-093
    """
    load(disk, 'linux', '$kernel_addr_r')
    disk.ok('mw.l 48000000 0 1000')
    session(disk)
    before = disk.json('mmu dump -j')
    with disk.raw.disable_check('error_notification'):
        text, status = disk.run(cmd)
    assert status == 1 and HANDING_OVER not in text
    assert disk.json('mmu dump -j') == before
    disk.ok('mmu reset')
    usable(disk)
