# SPDX-License-Identifier: GPL-2.0+
"""The PFA beside LMB, loads and the EFI memory map; what it costs"""

import os
import re

import pytest

from mmu_pfa_helper import con, fresh, keeps_bounds  # pylint: disable=W0611

pytestmark = pytest.mark.buildconfigspec('cmd_pfa')

# doc/develop/mmu_pfa.rst: the bounds of buddy_alloc() and buddy_free(), and
# the goals for the hot pair and bulk
BOUNDS = {'hot': 64, 'bulk': 3, 'bulk_array': 30, 'worst_alloc': 3300,
          'worst_free': 2300}
# The array is filled and read, whoever gives the frames
LEAST = {'bulk_array': 6}


def zones(con):
    """First address and end of each zone"""
    return [(int(obj['zone'], 16), int(obj['zone'], 16) + int(obj['size'], 16))
            for obj in con.json('pfa info -j') if 'zone' in obj]


def pattern_file(con):
    """A file on the virtio disk that loads, or no test"""
    disk = f'{con.raw.config.persistent_data_dir}/disk/pattern.bin'
    if not os.path.exists(disk):
        pytest.skip(f'no {disk}')
    con.ok('virtio scan')
    return 'pattern.bin'


def test_load_is_refused_until_trim(fresh):
    """A load aimed at the PFA is refused; info names the owner, trim frees it

    Proves: CPFA-040
    """
    name = pattern_file(fresh)
    before = zones(fresh)
    addr = int(re.search(r' at (\w+)',
                         fresh.ok('pfa alloc 300M -t initrd')).group(1), 16)
    (start, end), = [z for z in zones(fresh) if z not in before]
    assert start <= addr < end
    for where in (addr, start, end - 0x1000):
        text, status = fresh.run(f'load virtio 0:1 {where:x} {name}')
        assert status == 1 and 'overwrite reserved memory' in text
    assert re.search(r'user +300M +initrd', fresh.ok('pfa info'))
    assert '(user initrd)' in fresh.ok(f'pfa list {addr + 0x12345:x}')
    assert '0 back to LMB' not in fresh.ok('pfa free -t initrd; pfa trim')
    fresh.ok(f'load virtio 0:1 {addr:x} {name}')
    fresh.ok('pfa start' if not fresh.json('pfa info -j')[0]['started']
             else 'pfa grow 8M')


def test_growth_takes_little_more_than_is_wanted(fresh):
    """The zone taken for a request is not rounded up to a power of two

    Proves: CPFA-041
    """
    fresh.ok('pfa alloc 150M')
    start, end = zones(fresh)[0]
    assert 150 << 20 < end - start < 152 << 20
    fresh.ok('pfa alloc 70M -n 2 -a 1M')
    assert min(end - start for start, end in zones(fresh)) >= 8 << 20
    total = sum(end - start for start, end in zones(fresh))
    assert total < (152 + 142 + 64) << 20


def test_growth_is_for_requests_of_any_shape(fresh):
    """What LMB has room for is had, wherever the first of the requests lies,
    and whatever the zones have free already

    Proves: CPFA-021
    """
    for words in ('36868K -n 3 -a 4K', '2396K -n 1c -a 20000'):
        fresh.ok(f'pfa trim; pfa alloc {words}')
        assert 'ok' in fresh.ok('pfa check')
        fresh.ok('pfa free -a')
    # A run that large is no proof that there are three
    fresh.ok('pfa trim; pfa add 50000000 132M')
    fresh.ok('pfa alloc 36868K -n 3 -a 4K')
    fresh.ok('pfa free -a; pfa stop; pfa start')


def memmap(con):
    """Rows of the EFI memory map: type, first address, end

    Newer releases write ConventionalMemory for CONVENTIONAL.
    """
    text = con.ok('efidebug memmap')
    rows = [(kind.upper().removesuffix('MEMORY'), int(start, 16), int(end, 16))
            for kind, start, end
            in re.findall(r'^([A-Za-z0-9 ]+?) +([0-9a-f]{16})-([0-9a-f]{16})',
                          text, re.M)]
    assert 'CONVENTIONAL' in [kind for kind, _, _ in rows], text
    return rows


def covered(rows, start, end):
    """Types of the rows that a range lies in"""
    return {kind for kind, first, last in rows if first < end and last > start}


@pytest.mark.buildconfigspec('cmd_efidebug')
def test_efi_memory_map_shows_zones_as_used(fresh):
    """What the PFA has is no conventional memory, what it gave back is

    Proves: CPFA-042
    """
    memmap(fresh)      # sets EFI up, which takes memory of its own
    for start, end in zones(fresh):
        assert 'CONVENTIONAL' not in covered(memmap(fresh), start, end)
    before = zones(fresh)
    fresh.ok('pfa grow 32M')
    (start, end), = [z for z in zones(fresh) if z not in before]
    assert 'CONVENTIONAL' not in covered(memmap(fresh), start, end)
    fresh.ok('pfa trim')
    assert covered(memmap(fresh), start, end) == {'CONVENTIONAL'}
    fresh.ok('pfa start' if not fresh.json('pfa info -j')[0]['started']
             else 'pfa grow 8M')


def test_operations_keep_their_bounds(con):
    """What is published of the instructions that they take holds

    Proves: CPFA-043
    """
    keeps_bounds(con, 'pfa bench', BOUNDS, LEAST)


def test_map_squeezes_equal_rows(fresh):
    """Zoomed, equal rows are one and a star; as JSON all are there

    Proves: CPFA-044
    """
    start, end = zones(fresh)[0]
    middle = (start + end) // 2 & ~0x3ffff
    fresh.ok(f'pfa reserve {middle:x} 3000')
    lines = fresh.ok('pfa map -z 4K').split('\n')
    assert 4 < len(lines) < 12 and '*' in lines
    assert f'{middle:010x} ###' in '\n'.join(lines)
    rows = fresh.json('pfa map -z 4K -j')
    assert ''.join(row['map'] for row in rows).count('.') + 3 <= \
        (end - start) >> 12
    assert len(rows) == -(-(end - start) // 0x40000)
    fresh.ok('pfa free -a; pfa trim')
    assert fresh.ok('pfa map') == 'no zones' == fresh.ok('pfa stat')
    fresh.ok('pfa grow 8M')


def test_run_of_several_blocks(fresh):
    """An exact size is found where only blocks that touch have it

    Proves: CPFA-045
    """
    fresh.ok('pfa alloc 1000')      # the frame for records is elsewhere
    addr = int(re.search(r' at (\w+)', fresh.ok('pfa alloc 64K')).group(1), 16)
    fresh.ok(f'pfa free {addr:x}')
    # 13 frames between others, of which no block has more than 8
    fresh.ok(f'pfa reserve {addr:x} 3000; pfa reserve {addr + 0x10000:x} 1000')
    text = fresh.ok(f'pfa alloc d000 -a 1000 -r {addr:x}-{addr + 0x10000:x}')
    assert text == f'52K at {addr + 0x3000:x}'
    assert '52K' in fresh.ok(f'pfa list {addr + 0xf000:x}')
    assert fresh.ok(f'pfa free {addr + 0x3000:x}').startswith('freed 52K')
    fresh.ok('pfa free -a; pfa check')
