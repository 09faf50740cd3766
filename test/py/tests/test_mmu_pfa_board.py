# SPDX-License-Identifier: GPL-2.0+
"""The image boots, and what the stock image can do it can do as well"""

import os
import re
import zlib

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611

pytestmark = pytest.mark.buildconfigspec('mmu_pfa')

# Present in the persistent data when tools/run-tests calls; see there
PATTERN = 'pattern.bin'


def pattern(con, where):
    """Size and checksum of the file to load; skip without one"""
    path = f'{con.raw.config.persistent_data_dir}/{where}/{PATTERN}'
    if not os.path.exists(path):
        pytest.skip(f'no {path}')
    with open(path, 'rb') as data:
        content = data.read()
    return len(content), zlib.crc32(content)


def crc_in_memory(con, addr, size):
    return int(con.ok(f'crc32 {addr} {size:x}').split()[-1], 16)


def test_boots_to_the_prompt(con):
    """The image boots in QEMU, and the shell is hush

    Proves: BLD-040
    """
    assert con.raw.u_boot_version_string.startswith('U-Boot 20')
    assert con.ok('if true; then echo yes; fi') == 'yes'
    assert con.run('false') == ('', 1)


def test_environment_is_the_stock_one(con):
    """The addresses that boot scripts rely on have their values

    Proves: BLD-041
    """
    for name in ('kernel_addr_r', 'ramdisk_addr_r', 'fdt_addr', 'scriptaddr'):
        assert re.fullmatch(r'0x[0-9a-f]+', con.env(name)), name
    assert con.env('stdin').startswith('serial')


def test_environment_comes_from_the_flash(con):
    """A variable in the flash is there after the boot

    Proves: BLD-041 BLD-042
    """
    con.restart(env={'mmu_pfa_kept': '1234'})
    assert con.env('mmu_pfa_kept') == '1234'
    con.restart()
    assert con.env('mmu_pfa_kept') is None


def test_flash_is_there(con):
    """Both NOR banks, as flash and as MTD partitions

    Proves: BLD-042
    """
    assert 'Bank # 1: CFI conformant flash' in con.ok('flinfo 1')
    assert 'nor0' in con.ok('mtd list')
    if con.level == 3:
        # There QEMU keeps the first bank, with the image, out of the tree
        assert 'Only FLASH Banks # 1' in con.run('flinfo 2')[0]
        return
    assert 'Bank # 2: CFI conformant flash' in con.ok('flinfo 2')
    assert 'nor1' in con.ok('mtd list')


def test_network_loads_a_file(con):
    """An address by DHCP, and a file by TFTP, unharmed

    Proves: BLD-043
    """
    size, crc = pattern(con, 'tftp')
    con.ok('setenv autoload no; dhcp')
    assert con.env('ipaddr') == '10.0.2.15'
    con.ok(f'tftpboot $loadaddr {PATTERN}')
    assert int(con.env('filesize'), 16) == size
    assert crc_in_memory(con, '$loadaddr', size) == crc


def test_virtio_disk_loads_a_file(con):
    """A file from a FAT partition on a virtio disk, unharmed

    Proves: BLD-044
    """
    size, crc = pattern(con, 'disk')
    con.ok('virtio scan')
    con.ok(f'load virtio 0:1 $loadaddr {PATTERN}')
    assert crc_in_memory(con, '$loadaddr', size) == crc


def test_pci_and_virtio_are_bound(con):
    """The driver model knows PCI, its bridge, and virtio devices on it

    Proves: BLD-044
    """
    tree = con.ok('dm tree')
    for driver in ('pci_generic_ecam', 'virtio-pci', 'virtio-net'):
        assert driver in tree, driver
    # Firmware to call is only where there is a level above
    assert ('psci' in tree) == (con.level < 3)
    assert 'virtio' in con.ok('virtio info').lower()


def test_efi_application_runs(efi):
    """An EFI application starts, prints and comes back

    Proves: BLD-045
    """
    assert 'Hello, world!' in efi.ok('bootefi hello')
    assert efi.ok('echo back') == 'back'


def test_unit_tests_are_built_in(con):
    """'ut' is there, and stock tests of what the extension uses pass

    Proves: BLD-046
    """
    assert re.search(r'ailures: 0$', con.ok('ut lib lmb*'))
