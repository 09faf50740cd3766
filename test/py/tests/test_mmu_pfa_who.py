# SPDX-License-Identifier: GPL-2.0+
"""Whose memory is: names from U-Boot itself, in dumps and in refusals"""

import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from test_mmu_pfa_handover import M, RAM, descriptors, info

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')


def who(con, addr, size=0x1000):
    row, = con.json(f'mmu dump {addr:x} {size:x} -j')
    return row['who']


def places(con):
    """The addresses that bdinfo knows"""
    return {name: int(addr, 16) for name, addr in re.findall(
        r'^(\w[\w ]*\w)\s+= 0x([0-9a-f]+)', con.ok('bdinfo'), re.M)}


def test_parts_of_uboot(con):
    """Sections, heap, stack, device tree, tables

    Proves: CMMU-052
    """
    at = places(con)
    image = (at['relocaddr'] + 0xfff) & ~0xfff
    assert who(con, image) == 'code'
    names = [who(con, addr) for addr in range(image, image + 2 * M, 0x4000)]
    # A page may be of two parts, and is LMB's then; the pool is in the data
    names = [name for name in names
             if name not in ('lmb', 'static table pool')]
    found = [name for i, name in enumerate(names) if names[i - 1] != name]
    assert found == ['code', 'constants', 'data']
    assert names.count('code') > names.count('data') > 0
    assert who(con, image - 0x10000) == 'heap'
    assert who(con, (at['sp start'] & ~0xfff) - 0x1000) == 'stack'
    assert who(con, at['fdt_blob'], 0x1000 - (at['fdt_blob'] & 0xfff)) \
        in ('device tree', 'global data', 'lmb')
    assert who(con, int(info(con)['root'], 16)) == 'translation tables'


def test_owners_of_memory(con):
    """Allocations by their tags, tables, the rest of LMB and of RAM

    Proves: CMMU-052
    """
    assert who(con, RAM) == 'dram'
    con.ok('pfa alloc 64K -t a-tag where; pfa alloc 4K bare')
    where, bare = (int(con.env(name), 16) for name in ('where', 'bare'))
    assert who(con, where) == who(con, where + 0xf000) == 'pfa a-tag'
    assert who(con, bare) == 'pfa -'
    con.ok('mmu map 5000000000 48000000 4K')
    table = re.search(r'table (\w+) \(pfa\)',
                      con.ok('mmu walk 5000000000')).group(1)
    assert who(con, int(table, 16)) == 'pfa table'
    con.ok('mmu unmap 5000000000 4K')
    assert who(con, int(table, 16)) == 'pfa free'
    con.ok('pfa free -a')


def test_devices_and_pci_windows(con):
    """By their nodes in the device tree

    Proves: CMMU-052
    """
    assert who(con, 0x9000000) == 'pl011'
    assert who(con, 0, 64 * M) == ('secflash' if con.level == 3 else 'flash')
    assert who(con, 0x4010000000, 256 * M) == 'pcie ecam'
    assert who(con, 0x10000000, 16 * M) == 'pcie mmio'
    assert who(con, 0x3eff0000) == 'pcie io'
    rows = con.json('mmu dump 8000000000 -j')
    assert rows[0]['who'] == 'pcie high'


@pytest.mark.buildconfigspec('cmd_fdt')
def test_reserved_memory(fresh):
    """A node of reserved memory gives its name

    Proves: CMMU-052
    """
    tree = RAM + 16 * M
    for command in (
            f'fdt move $fdtcontroladdr {tree:x} 200000',
            'fdt mknode / reserved-memory',
            'fdt set /reserved-memory "#address-cells" <2>',
            'fdt set /reserved-memory "#size-cells" <2>',
            'fdt mknode /reserved-memory firmware@50000000',
            'fdt set /reserved-memory/firmware@50000000 reg '
            '<0 0x50000000 0 0x100000>',
            f'fdt addr -c {tree:x}'):
        fresh.ok(command)
    assert who(fresh, 0x50000000, M) == 'firmware'
    assert who(fresh, 0x500ff000) == 'firmware'
    assert who(fresh, 0x50100000) == 'dram'
    fresh.restart()


@pytest.mark.buildconfigspec('cmd_fdt')
def test_devices_below_a_bus(fresh):
    """Where its bus has them for the CPU; by its neighbour if it has not

    Proves: CMMU-052
    """
    tree, at = RAM + 16 * M, 0xb000000
    cells = '"#address-cells" <1>', '"#size-cells" <1>'
    for command in (
            f'fdt move $fdtcontroladdr {tree:x} 200000',
            'fdt mknode / soc',
            *(f'fdt set /soc {what}' for what in cells),
            f'fdt set /soc ranges <0x100000 0 {at:#x} 0x200000>',
            'fdt mknode /soc widget@110000',
            'fdt set /soc/widget@110000 reg <0x110000 0x10000>',
            'fdt mknode /soc beyond@10000',
            'fdt set /soc/beyond@10000 reg <0x10000 0x10000>',
            'fdt mknode /soc same',
            *(f'fdt set /soc/same {what}' for what in cells),
            'fdt set /soc/same ranges',
            'fdt mknode /soc/same gadget@120000',
            'fdt set /soc/same/gadget@120000 reg <0x120000 0x1000>',
            'fdt mknode /soc i2c@130000',
            'fdt set /soc/i2c@130000 reg <0x130000 0x1000>',
            'fdt mknode /soc/i2c@130000 chip@140000',
            *(f'fdt set /soc/i2c@130000 {what}' for what in cells),
            'fdt set /soc/i2c@130000/chip@140000 reg <0x140000 0x1000>',
            f'fdt addr -c {tree:x}'):
        fresh.ok(command)
    assert who(fresh, at + 0x10000, 0x10000) == 'widget'
    assert who(fresh, at + 0x20000) == 'gadget'
    assert who(fresh, at + 0x30000) == 'i2c'
    assert who(fresh, at + 0x40000) == '-'
    assert who(fresh, 0x10000) != 'beyond'
    assert who(fresh, at, 0x200000).endswith(' +2')
    fresh.restart()


def test_parts_of_the_image_are_refused_by_name(con):
    """-f is for text and data, never for tables, vectors and the stack

    Proves: CMMU-053
    """
    at, before = places(con), descriptors(con)
    image = (at['relocaddr'] + 0xfff) & ~0xfff
    names = {}
    for addr in range(image, image + 2 * M, 0x4000):
        names.setdefault(who(con, addr), addr)
    for part in ('code', 'constants', 'data'):
        for command in ('unmap {:x} 1000', 'protect {:x} 1000 none'):
            line = con.fails('mmu ' + command.format(names[part]))
            assert f"{names[part]:x} holds U-Boot's {part}; -f insists" in line
    vectors = con.fails(f'mmu protect {image:x} 100000 ro -f')
    assert "U-Boot's exception vectors" in vectors and '-f' not in vectors
    stack = (at['sp start'] & ~0xfff) - 0x1000
    for addr in (int(info(con)['root'], 16), stack):
        assert '-f' not in con.fails(f'mmu unmap {addr:x} 1000 -f')
    # A page of constants can do without being written
    con.ok(f'mmu protect {names["constants"] + 0x1000:x} 1000 ro -f')
    con.ok('mmu reset')
    assert descriptors(con) == before
