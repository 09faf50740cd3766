# SPDX-License-Identifier: GPL-2.0+
"""The mmu command: the live translation tables, at the prompt

That a mapping is there is proven by writing through one address and reading
through another, not by what the commands say of it.
"""

import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_helper import boot_tables, one_block

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# QEMU virt with 1 GiB: a hole in the map, RAM that nobody uses, no RAM at all
HOLE = 0x5000000000
RAM = 0x48000000
RAM_START = 0x40000000
NO_RAM = 0x90000000

K, M, G = 1 << 10, 1 << 20, 1 << 30


def number(obj, key):
    return int(obj[key], 16)


def paths(con):
    """What mmu info says of each path that serves tables"""
    return {obj['tables']: obj for obj in con.json('mmu info -j')
            if 'tables' in obj}


def regs(con):
    """The first object of mmu info"""
    return con.json('mmu info -j')[0]


def state(con):
    """All that a command that fails must not change: descriptors, tables

    The bits of U-Boot's own tables by their checksum: that is much faster than
    to print some 2000 descriptors. Those of others hang below, and show.
    """
    root = number(regs(con), 'root')
    return (con.ok(f'crc32 {root:x} {boot_tables(con):x}'),
            con.json('mmu dump -j'),
            {name: path['now'] for name, path in paths(con).items()},
            con.json('pfa list -j') if pfa_started(con) else None)


def pfa_started(con):
    return con.json('pfa info -j')[0]['started']


def region(con, va, size=0x1000):
    """What is mapped at an address"""
    rows = con.json(f'mmu dump {va:x} {size:x} -j')
    assert len(rows) == 1, rows
    return rows[0]


def write(con, addr, value):
    con.ok(f'mw.l {addr:x} {value:x}')


def read(con, addr):
    return int(con.ok(f'md.l {addr:x} 1').split()[1], 16)


def assert_alias(con, va, pa, size):
    """The first and last words of both are the same memory, both ways"""
    for offset in (0, size - 4):
        write(con, va + offset, 0xcafe0001)
        assert read(con, pa + offset) == 0xcafe0001
        write(con, pa + offset, 0xcafe0002)
        assert read(con, va + offset) == 0xcafe0002


@pytest.fixture
def clean(con):
    """U-Boot with its boot-time map and a started PFA"""
    yield con
    assert pfa_started(con), 'a test left the PFA stopped'
    assert paths(con)['pfa']['now'] == 0, 'a test left mappings behind'
    assert paths(con)['static']['now'] == 0, 'a test left mappings behind'


@pytest.fixture
def static(con):
    """U-Boot without a PFA: tables come from the static pool"""
    con.ok('pfa free -a -f')
    con.ok('pfa stop')
    yield con
    con.ok('pfa start')
    assert paths(con)['static']['now'] == 0, 'a test left mappings behind'


def test_info(con):
    """Level, regime, sizes and memory types, as QEMU virt has them

    Proves: CMMU-001 LIV-001
    """
    text = con.ok('mmu info')
    regime = 'EL1&0' if con.level == 1 else f'EL{con.level}'
    assert text.startswith(f'EL{con.level}  regime {regime}  MMU on  '
                           'dcache on  icache on')
    row = regs(con)
    assert (row['el'], row['va_bits'], row['pa_bits']) == (con.level, 40, 40)
    assert number(row, 'root') == number(row, 'ttbr') & ~0xfff
    assert '0=dev-nGnRnE 1=dev-nGnRE 2=dev-GRE 3=nc 4=wb' in text


@pytest.mark.parametrize('va, pa, size, tables', [
    (HOLE, RAM, 4 * K, 3), (HOLE, RAM, 2 * M, 2),
    (HOLE + 5 * G + 16 * M + 8 * K, RAM + 4 * K, 12 * K, 3),
    (HOLE, RAM, 64 * M, 2), (HOLE + 4 * K, RAM + 4 * K, 6 * M, 4),
])
def test_map_makes_an_alias(clean, va, pa, size, tables):
    """Written through one address, read through the other; back to nothing

    Proves: CMMU-003 CMMU-011 CMMU-010 LIV-001
    """
    before = state(clean)
    first = paths(clean)['pfa']
    text = clean.ok(f'mmu map {va:x} {pa:x} {size:x}')
    # The L1 table of the hole is U-Boot's own
    assert f'+{tables - 1} table' in text and '(pfa)' in text
    assert_alias(clean, va, pa, size)
    now = paths(clean)['pfa']
    assert now['now'] == tables - 1
    assert number(now, 'served') - number(first, 'served') == tables - 1
    text = clean.ok(f'mmu unmap {va:x} {size:x}')
    assert f'-{tables - 1} table' in text
    assert state(clean) == before
    assert clean.run(f'mmu walk {va:x}')[1] == 1


def test_map_one_gigabyte(clean):
    """One block of 1 GiB needs no table; RAM is read through it

    Proves: CMMU-003 CMMU-004
    """
    before = state(clean)
    text = clean.ok(f'mmu map {HOLE:x} {RAM_START:x} 1G ro,wb')
    assert '1 x 1G' in text and 'table' not in text
    for offset in (0, RAM - RAM_START, 0x3000000):
        write(clean, RAM_START + offset, 0xfeed0000 + offset // K)
        assert read(clean, HOLE + offset) == 0xfeed0000 + offset // K
    assert region(clean, HOLE)['level'] == 1
    clean.ok(f'mmu unmap {HOLE:x} 1G')
    assert state(clean) == before


@pytest.mark.parametrize('va, pa, size, option, leaves', [
    (HOLE, 0x80000000, 1 * G + 2 * M + 4 * K, '', '1 x 1G + 1 x 2M + 1 x 4K'),
    (HOLE, 0x80000000, 1 * G, '-2m', '512 x 2M'),
    (HOLE, RAM, 2 * M, '-4k', '512 x 4K'),
    # The physical address decides too
    (0x5080000000, 0x90001000, 2 * M, '', '512 x 4K'),
    (HOLE + 2 * M, RAM, 2 * M, '', '1 x 2M'),
    (HOLE, 0x80200000, 1 * G, '', '512 x 2M'),
])
def test_block_sizes(clean, va, pa, size, option, leaves):
    """The largest blocks that addresses, size and option allow

    Proves: CMMU-004 CLI-009
    """
    text = clean.ok(f'mmu map {option} {va:x} {pa:x} {size:x}')
    assert f' {leaves}  ' in text + '  '
    row = region(clean, va, size)
    assert number(row, 'pa') == pa and number(row, 'size') == size
    clean.ok(f'mmu unmap {va:x} {size:x}')


def test_attributes(clean):
    """What the word says, and for the rest rw,nx and the type that fits

    Proves: CMMU-005 CLI-005
    """
    cases = [
        (RAM, '', 'rw,nx,wb'), (NO_RAM, '', 'rw,nx,dev'),
        (RAM, 'ro', 'ro,nx,wb'), (RAM, 'x,ro', 'ro,x,wb'),
        (RAM, 'nc', 'rw,nx,nc'), (NO_RAM, 'dev-GRE,osh', 'rw,nx,dev-GRE,osh'),
        (RAM, 'none', 'none,nx,wb'), (NO_RAM, 'wb,nsh', 'rw,nx,wb,nsh'),
    ]
    for pa, word, attrs in cases:
        clean.ok(f'mmu map {HOLE:x} {pa:x} 1000 {word}')
        assert region(clean, HOLE)['attrs'] == attrs
        clean.ok(f'mmu unmap {HOLE:x} 1000')


def test_partly_ram_needs_a_type(clean):
    """A range that is RAM and something else has no default type

    Proves: CMMU-005 CLI-007
    """
    before = state(clean)
    assert 'partly RAM' in clean.fails(f'mmu map {HOLE:x} 7ff00000 200000 ro')
    assert state(clean) == before
    clean.ok(f'mmu map {HOLE:x} 7ff00000 200000 ro,wb')
    clean.ok(f'mmu unmap {HOLE:x} 200000')


def test_overlap_is_refused(clean):
    """The first address in the way is named; -f replaces

    Proves: CMMU-006 CMMU-016 CLI-007
    """
    clean.ok(f'mmu map {HOLE + 0x3000:x} {RAM:x} 2000')
    before = state(clean)
    text = clean.fails(f'mmu map {HOLE:x} {RAM + M:x} 8000')
    assert f'{HOLE + 0x3000:x}' in text and f'{RAM:x}' in text
    assert '8000000' in clean.fails('mmu map 8000000 48000000 1000')
    assert state(clean) == before
    clean.ok(f'mmu map {HOLE:x} {RAM + M:x} 8000 -f')
    assert_alias(clean, HOLE, RAM + M, 0x8000)
    clean.ok(f'mmu unmap {HOLE:x} 8000')


def test_writable_and_executable_is_refused(clean):
    """Unless -f insists; the same for executable device memory

    Proves: CMMU-007
    """
    before = state(clean)
    assert 'writable and executable' in \
        clean.fails(f'mmu map {HOLE:x} {RAM:x} 1000 rw,x')
    assert 'executable device' in \
        clean.fails(f'mmu map {HOLE:x} {NO_RAM:x} 1000 ro,x')
    assert state(clean) == before
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000 rw,x -f')
    assert 'rwx!' in clean.ok(f'mmu dump {HOLE:x} 1000')
    clean.ok(f'mmu unmap {HOLE:x} 1000')


@pytest.mark.parametrize('words, reason', [
    (f'{HOLE + 8:x} {RAM:x} 1000', 'va 5000000008'),
    (f'{HOLE:x} {RAM + 8:x} 1000', 'pa 48000008'),
    (f'{HOLE:x} {RAM:x} 1001', 'size 1001'),
    (f'{HOLE:x} {RAM:x} 0', 'size is 0'),
    (f'10000000000 {RAM:x} 1000', 'beyond the 40-bit va'),
    (f'fffffff000 {RAM:x} 2000', 'beyond the 40-bit va'),
    (f'fffffffffffff000 {RAM:x} 1000', 'wraps'),
    (f'fffffffffffff000 {RAM:x} 2000', 'wraps'),
    (f'{HOLE:x} 10000000000 1000', 'beyond the 40-bit pa'),
    (f'{HOLE:x} fffffffffffff000 1000', 'pa fffffffffffff000'),
    (f'{HOLE:x} {RAM:x} fffffffffffff000', 'wraps'),
    (f'50zz {RAM:x} 1000', '"50zz"'),
    (f'{HOLE:x} 48q 1000', '"48q"'),
    (f'{HOLE:x} {RAM:x} 1x', '"1x"'),
    (f'{HOLE:x} {RAM:x} 1.5M', '"1.5M"'),
    (f'{HOLE:x} {RAM:x} 1000 rw,ro', '"ro"'),
    (f'{HOLE:x} {RAM:x} 1000 rw,what', '"what"'),
    (f'{HOLE:x} {RAM:x} 1000 9x', '"9x"'),
    (f'{HOLE:x} {RAM:x} 1000 rw rw', '"rw"'),
    ('11000000000000000 48000000 1000', '"11000000000000000"'),
])
def test_map_bad_words(con, words, reason):
    """One line that names the value and the reason, and nothing has changed

    Proves: CMMU-008 CLI-007 CLI-001 CLI-002 CLI-004 CLI-005
    """
    before = state(con)
    assert reason in con.fails(f'mmu map {words}')
    assert state(con) == before


@pytest.mark.parametrize('words, reason', [
    (f'{HOLE:x} 1000', 'not mapped'),
    (f'{HOLE + 8:x} 1000', 'multiple of 1000'),
    (f'{HOLE:x} 0', 'size is 0'),
    (f'{HOLE:x} 1800', 'multiple of 1000'),
    ('10000000000 1000', 'beyond'),
    ('fffffffffffff000 1000', 'wraps'),
    ('5x 1000', '"5x"'), (f'{HOLE:x} 1y', '"1y"'),
])
def test_unmap_bad_words(con, words, reason):
    """One line that names the value and the reason, and nothing has changed

    Proves: CMMU-012 CLI-007
    """
    before = state(con)
    assert reason in con.fails(f'mmu unmap {words}')
    assert state(con) == before


def test_unmap_with_a_hole_inside(clean):
    """The first hole is named, and nothing has changed

    Proves: CMMU-012
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 2000')
    clean.ok(f'mmu map {HOLE + 0x3000:x} {RAM:x} 1000')
    before = state(clean)
    assert f'{HOLE + 0x2000:x}' in clean.fails(f'mmu unmap {HOLE:x} 4000')
    assert state(clean) == before
    clean.ok(f'mmu unmap {HOLE:x} 2000; mmu unmap {HOLE + 0x3000:x} 1000')


@pytest.mark.parametrize('line', [
    'mmu', 'mmu nonsense', 'mmu map', 'mmu map 1 2', 'mmu map 1 2 3 rw v x',
    'mmu map 1 2 3 -z', 'mmu map 1 2 3 -4k -2m', 'mmu unmap', 'mmu unmap 1',
    'mmu unmap 1 2 3', 'mmu walk', 'mmu walk 1 2 3', 'mmu info x',
    'mmu dump -z',
])
def test_wrong_syntax(con, line):
    """The usage, and nothing has changed

    Proves: CLI-008
    """
    before = state(con)
    con.usage(line)
    assert state(con) == before


def test_static_pool_serves_without_pfa(static):
    """Without a PFA tables come from the pool and go back there

    Proves: CMMU-009 CMMU-002
    """
    first = paths(static)
    text = static.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    assert '+2 tables (static)' in text
    assert_alias(static, HOLE, RAM, 4096)
    now = paths(static)
    assert now['static']['now'] == 2 and now['static']['in_force']
    assert number(now['static'], 'served') - \
        number(first['static'], 'served') == 2
    assert now['pfa']['served'] == first['pfa']['served']
    assert '2 of 16' in static.ok('mmu info')
    assert '-2 tables (static)' in static.ok(f'mmu unmap {HOLE:x} 1000')
    assert paths(static)['static']['now'] == 0


def test_static_pool_used_up(static):
    """One line, and nothing has changed; what fits still works

    Proves: CMMU-009 CLI-007
    """
    # A table for the 1 GiB and one for each 2 MiB: 15 fit, 16 do not
    static.ok(f'mmu map {HOLE:x} {RAM:x} {14 * 2 * M:x} -4k')
    before = state(static)
    text = static.fails(f'mmu map {HOLE + 28 * M:x} {RAM:x} {2 * 2 * M:x} -4k')
    assert '2 tables' in text and '1 of 16' in text
    assert state(static) == before
    static.ok(f'mmu map {HOLE + 28 * M:x} {RAM:x} 2M -4k')
    assert_alias(static, HOLE + 28 * M, RAM, 2 * M)
    assert '16 of 16' in static.ok('mmu info')
    static.ok(f'mmu unmap {HOLE:x} {30 * M:x}')


def test_tables_go_back_where_they_came_from(con):
    """Static tables that outlive the start of the PFA return to the pool

    Proves: CMMU-009 CMMU-010
    """
    con.ok('pfa stop')
    con.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    con.ok('pfa start')
    text = con.ok(f'mmu map {HOLE + 2 * M:x} {RAM:x} 1000')
    assert '+1 table (pfa)' in text
    now = paths(con)
    assert (now['static']['now'], now['pfa']['now']) == (2, 1)
    assert now['pfa']['in_force'] and not now['static']['in_force']
    assert '-1 table (static)' in con.ok(f'mmu unmap {HOLE:x} 1000')
    text = con.ok(f'mmu unmap {HOLE + 2 * M:x} 1000')
    assert '-1 table (static)' in text and '-1 table (pfa)' in text
    now = paths(con)
    assert (now['static']['now'], now['pfa']['now']) == (0, 0)


def test_out_of_frames(fresh):
    """A full PFA: one line, and nothing has changed; the pool is not touched

    Proves: CMMU-010 CLI-007
    """
    # All that LMB has goes too, as the PFA would grow
    for order in range(18, -1, -1):
        while fresh.run(f'pfa alloc o{order} -t all')[1] == 0:
            pass
    before = state(fresh)
    refused = number(paths(fresh)['pfa'], 'refused')
    text = fresh.fails(f'mmu map {HOLE:x} {NO_RAM:x} 1000')
    assert '2 tables' in text and 'no frame' in text
    assert state(fresh) == before
    assert number(paths(fresh)['pfa'], 'refused') > refused
    assert paths(fresh)['static']['now'] == 0
    fresh.ok('pfa free -t all')
    fresh.ok(f'mmu map {HOLE:x} {NO_RAM:x} 1000')
    fresh.ok(f'mmu unmap {HOLE:x} 1000')
    fresh.restart()


def test_what_uboot_stands_on(con):
    """Refused by name, and nothing has changed

    Proves: CMMU-013 CLI-007
    """
    before = state(con)
    root = number(regs(con), 'root')
    bdinfo = con.ok('bdinfo')
    relocaddr, sp = (int(re.search(rf'{name}\s+= 0x([0-9a-f]+)',
                                   bdinfo).group(1), 16)
                     for name in ('relocaddr', 'sp start'))
    for addr, name in ((root, 'translation tables'),
                       (relocaddr & ~0xfff, "U-Boot's code"),
                       ((relocaddr & ~0xfff) - 0x10000, "U-Boot's heap"),
                       ((sp & ~0xfff) - 0x1000, 'stack'),
                       (0x9000000, 'console')):
        assert name in con.fails(f'mmu unmap {addr:x} 1000')
    for addr in (root, (sp & ~0xfff) - 0x1000, 0x9000000,
                 (relocaddr & ~0xfff) - 0x10000):
        con.fails(f'mmu unmap {addr:x} 1000 -f')
        con.fails(f'mmu map {addr:x} {RAM:x} 1000 -f')
    con.fails('mmu unmap 40000000 1G')
    con.fails('mmu unmap 40000000 1G -f')
    assert state(con) == before


def test_uboot_memory_as_target(clean):
    """U-Boot's own memory may be looked at, not written, its tables never

    Proves: CMMU-018
    """
    root = number(regs(clean), 'root')
    relocaddr = int(re.search(r'relocaddr\s+= 0x([0-9a-f]+)',
                              clean.ok('bdinfo')).group(1), 16) & ~0xfff
    before = state(clean)
    assert 'tables' in clean.fails(f'mmu map {HOLE:x} {root:x} 1000')
    assert 'tables' in clean.fails(f'mmu map {HOLE:x} {root:x} 1000 -f')
    assert "U-Boot's" in clean.fails(f'mmu map {HOLE:x} {relocaddr:x} 1000')
    assert state(clean) == before
    clean.ok(f'mmu map {HOLE:x} {root:x} 1000 ro')
    assert read(clean, HOLE) == read(clean, root)
    clean.ok(f'mmu map {HOLE + 0x1000:x} {relocaddr:x} 1000 none')
    # Nor does it become so later
    line = "holds U-Boot's translation tables; only ro"
    assert clean.fails(f'mmu protect {HOLE:x} 1000 rw -f').endswith(line)
    clean.ok(f'mmu protect {HOLE:x} 1000 none')
    assert clean.fails(f'mmu protect {HOLE:x} 2000 rw').endswith(line)
    code = HOLE + 0x1000
    assert clean.fails(f'mmu protect {code:x} 1000 rw').endswith('ro or -f')
    clean.ok(f'mmu protect {HOLE:x} 2000 ro')
    clean.ok(f'mmu protect {code:x} 1000 rw -f')
    # What is writable may be named so again
    clean.ok(f'mmu protect {code:x} 1000 rw,nc')
    clean.ok(f'mmu unmap {HOLE:x} 2000')


def test_unmap_part_of_the_block_we_run_on(clean):
    """The 1 GiB block of RAM is split under U-Boot's feet, and the rest stays

    Proves: CMMU-014 LIV-002
    """
    before = regs(clean), region(clean, RAM)
    write(clean, RAM - 4, 0x11111111)
    write(clean, RAM, 0x22222222)
    write(clean, RAM + 0x1000, 0x33333333)
    windows = number(clean.json('mmu info -j')[-1], 'windows')
    stood_on = one_block(clean)
    assert f'+{2 if stood_on else 1} table' in \
        clean.ok(f'mmu unmap {RAM:x} 1000')
    edits = clean.json('mmu info -j')[-1]
    assert number(edits, 'windows') == windows + stood_on
    # While the entry was broken, U-Boot's own address had no translation:
    # PAR_EL1 says fault, of a level 1 entry
    if stood_on:
        assert number(edits, 'window_par') & 0x7f == 0x05 << 1 | 1
    assert clean.run(f'mmu walk {RAM:x}')[1] == 1
    assert read(clean, RAM - 4) == 0x11111111
    assert read(clean, RAM + 0x1000) == 0x33333333
    # Through another address the page is still there
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    assert read(clean, HOLE) == 0x22222222
    clean.ok(f'mmu unmap {HOLE:x} 1000')
    clean.ok(f'mmu map {RAM:x} {RAM:x} 1000 rw,x,wb -f')
    assert read(clean, RAM) == 0x22222222
    assert regs(clean) == before[0]
    # The tables of the split stay until something merges them
    clean.restart()


def test_map_anywhere(clean):
    """* finds a free place, where the largest blocks fit; the name gets it

    Proves: CMMU-015 CLI-004
    """
    clean.ok(f'mmu map * {RAM:x} 2M place')
    va = int(clean.env('place'), 16)
    assert va % (2 * M) == 0
    assert_alias(clean, va, RAM, 2 * M)
    clean.ok(f'mmu map * {RAM + 0x3000:x} 2000 rw other')
    other = int(clean.env('other'), 16)
    assert_alias(clean, other, RAM + 0x3000, 0x2000)
    clean.ok('mmu unmap $place 2M; mmu unmap $other 2000')
    clean.ok('setenv place; setenv other')


def test_second_memory_type(clean):
    """RAM mapped non-cacheable as well shows what was written before

    Proves: CMMU-017
    """
    write(clean, RAM, 0x12345678)
    text = clean.ok(f'mmu map {HOLE:x} {RAM:x} 2M nc')
    assert 'note: 48000000 ' in text
    assert read(clean, HOLE) == 0x12345678
    clean.ok(f'mmu unmap {HOLE:x} 2M')


def test_walk(clean):
    """Each level, the leaf, and the hardware's own answer

    Proves: CMMU-019 CLI-011
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    rows = clean.json(f'mmu walk {HOLE + 0x123:x} -j')
    steps = [row for row in rows if 'level' in row]
    assert [row['level'] for row in steps] == [0, 1, 2, 3]
    assert [row['kind'] for row in steps] == ['table'] * 3 + ['page']
    assert number(steps[3], 'pte') & 0xfffffffff000 == RAM
    for row in steps:
        # The descriptors are where the walk says
        low = read(clean, number(row, 'entry'))
        assert low == number(row, 'pte') & 0xffffffff
    assert number(rows[-2], 'pa') == RAM + 0x123
    assert rows[-1]['agree'] and number(rows[-1], 'par') & 0xfffffff000 == RAM
    text = clean.ok(f'mmu walk {HOLE + 0x123:x} where')
    assert clean.env('where') == f'{RAM + 0x123:x}'
    assert text.endswith('agrees') and '(pfa)' in text and '(boot)' in text
    clean.ok(f'mmu unmap {HOLE:x} 1000; setenv where')


def test_walk_of_nothing(con):
    """A hole fails, and the hardware agrees; beyond the VA space is an error

    Proves: CMMU-020
    """
    text, status = con.run(f'mmu walk {HOLE:x}')
    assert status == 1 and 'hole' in text
    assert text.endswith('hardware: fault 05 (unmapped L1), agrees')
    assert 'beyond the 40-bit VA' in con.fails('mmu walk 10000000000')
    assert '"5g"' in con.fails('mmu walk 5g')


def test_walk_agrees_with_hardware_everywhere(con):
    """Software and hardware find the same, in every region and at its ends

    Proves: CMMU-019 CMMU-020
    """
    for row in con.json('mmu dump -g -j'):
        for addr in (number(row, 'va'),
                     number(row, 'va') + number(row, 'size') - 4):
            text, status = con.run(f'mmu walk {addr:x}')
            assert text.endswith('agrees')
            assert status == (1 if 'hole' in row else 0)


def test_dump(fresh):
    """Regions, their attributes and the totals, at boot

    Proves: CMMU-021 CLI-011
    """
    rows = fresh.json('mmu dump -j')
    ram = [row for row in rows if number(row, 'va') == RAM_START]
    assert len(ram) == 1 and ram[0]['attrs'] == 'rw,x,wb'
    boot, wx = paths(fresh)['boot']['now'], \
        [row for row in rows if row['attrs'].startswith('rw,x')]
    if one_block(fresh):
        assert ram[0]['who'] == 'dram + no RAM'
        assert (boot, len(wx)) == (5, 2)
    last = fresh.ok('mmu dump').split('\n')[-1]
    assert last == f'{len(rows)} regions, {boot} live tables ' \
        f'({boot} boot 0 static 0 pfa), {len(wx)} regions W+X'
    assert all(number(row, 'va') == number(row, 'pa') for row in rows)


def test_dump_shows_an_alias(clean):
    """A physical address other than the virtual one stands out

    Proves: CMMU-021 CMMU-022
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 3000 ro,nc')
    lines = clean.ok('mmu dump alias').split('\n')
    assert len(lines) == 4
    assert lines[2].split() == ['5000000000-5000003000', '12K', '48000000',
                                'L3', 'r--', 'nc', 'ish', 'dram']
    assert lines[3].startswith('1 region, ') and '2 pfa' in lines[3]
    clean.ok(f'mmu unmap {HOLE:x} 3000')


def test_dump_filters(clean):
    """Each filter chooses what its name says; all must apply

    Proves: CMMU-022
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000 ro,x,nc')
    clean.ok(f'mmu map {HOLE + 0x2000:x} {RAM:x} 1000 none')
    everything = clean.json('mmu dump -j')
    ours = {'0x5000000000': 'ro,x,nc', '0x5000002000': 'none,nx,wb'}
    expected = {
        'w': lambda a, r: a[0] == 'rw', 'ro': lambda a, r: a[0] == 'ro',
        'none': lambda a, r: a[0] == 'none',
        'x': lambda a, r: a[1] == 'x' and a[0] != 'none',
        'wx': lambda a, r: a[:2] == ['rw', 'x'],
        'dev': lambda a, r: a[2].startswith('dev'),
        'nc': lambda a, r: a[2] == 'nc', 'wb': lambda a, r: a[2] == 'wb',
        'alias': lambda a, r: r['va'] != r['pa'],
        'dyn': lambda a, r: r['va'] in ours,
        'l1': lambda a, r: r['top_level'] <= 1 <= r['last_level'],
        'l2': lambda a, r: r['top_level'] <= 2 <= r['last_level'],
        'l3': lambda a, r: r['top_level'] <= 3 <= r['last_level'],
    }
    for name, rule in expected.items():
        want = [row for row in everything
                if rule(row['attrs'].split(','), row)]
        assert want, name
        assert clean.json(f'mmu dump -j {name}') == want, name
    both = clean.json('mmu dump -j ro alias')
    assert [row['va'] for row in both] == ['0x5000000000']
    clean.ok(f'mmu unmap {HOLE:x} 1000; mmu unmap {HOLE + 0x2000:x} 1000')


def test_dump_forms(clean):
    """Each descriptor, by level, as a tree, by physical address, with holes

    Proves: CMMU-022
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} {2 * M + 0x2000:x}')
    raw = clean.json(f'mmu dump {HOLE:x} 4M -r -j')
    assert [number(row, 'entries') for row in raw] == [1, 1, 1]
    assert [row['level'] for row in raw] == [2, 3, 3]
    merged = clean.json(f'mmu dump {HOLE:x} 4M -j')
    assert [(row['level'], row['last_level']) for row in merged] == [(2, 3)]
    levels = clean.json(f'mmu dump {HOLE:x} 4M -l -j')
    assert [row['level'] for row in levels] == [2, 3]
    tree = clean.ok(f'mmu dump {HOLE:x} 4M -t').split('\n')
    tables = [line.split()[0] for line in tree if ' table ' in line]
    assert tables == ['L0', 'L1', 'L2', 'L3']
    holes = clean.json(f'mmu dump {HOLE:x} 4M -g -j')
    assert [row.get('hole', False) for row in holes] == [False, True]
    assert sum(number(row, 'size') for row in holes) == 4 * M
    by_pa = [number(row, 'pa') for row in clean.json('mmu dump -p -j')]
    assert by_pa == sorted(by_pa) and RAM in by_pa
    clean.ok(f'mmu unmap {HOLE:x} {2 * M + 0x2000:x}')


def test_dump_range(con):
    """Only what lies in the range, and bad ranges are refused

    Proves: CMMU-023 CLI-007
    """
    rows = con.json('mmu dump 48000000 1000 -j')
    assert [(row['va'], row['size']) for row in rows] == \
        [('0x48000000', '0x1000')]
    assert '"zz"' in con.fails('mmu dump zz')
    assert '10000000000' in con.fails('mmu dump 10000000000')
    assert 'size 0' in con.fails('mmu dump 0 0')
    assert '"q"' in con.fails('mmu dump 0 1000 q')


def test_dcache_off_and_on(clean):
    """Mappings survive; with the MMU off changes are refused, looks work

    Proves: CMMU-024 LIV-003
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    before = state(clean)
    clean.ok('dcache off')
    try:
        assert 'MMU is off' in clean.fails(f'mmu map {HOLE:x} {RAM:x} 1000')
        assert 'MMU is off' in clean.fails(f'mmu unmap {HOLE:x} 1000')
        assert 'MMU off' in clean.ok('mmu info')
        assert 'page' in clean.ok(f'mmu walk {HOLE:x}')
    finally:
        clean.ok('dcache on')
    assert state(clean) == before
    assert_alias(clean, HOLE, RAM, 4096)
    clean.ok(f'mmu unmap {HOLE:x} 1000')


def test_failed_commands_in_scripts(con):
    """A failed command takes the else branch

    Proves: CLI-007
    """
    assert con.ok(f'if mmu unmap {HOLE:x} 1000; '
                  'then echo yes; else echo no; fi').endswith('no')


def test_lines_fit_the_console(clean):
    """At most 80 columns

    Proves: CLI-012
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} {2 * M + 0x3000:x} rw,dev-nGnRE')
    for cmd in ('mmu info', 'mmu dump', 'mmu dump -t', 'mmu dump -g',
                f'mmu dump -r {HOLE:x}', f'mmu walk {HOLE:x}'):
        for line in clean.ok(cmd).split('\n'):
            assert len(line) <= 80, line
    clean.ok(f'mmu unmap {HOLE:x} {2 * M + 0x3000:x}')


def at_48_bits(line):
    """A line with addresses and sizes as long as they can be on any board"""
    return re.sub(r'\b[0-9a-f]{8,11}\b', 'f' * 12, line)


def test_longest_lines_fit_the_console(clean):
    """At most 80 columns with 48-bit addresses, 64-bit seeds and long words

    Proves: CLI-012
    """
    with clean.raw.temporary_timeout(120000):
        lines = clean.ok('mmu test ffffffffffffffff').split('\n')[-1:]
    assert lines[0].endswith(' duly refused')
    lines.append(clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000 rw,nx,nc')
                 .split('\n')[-1])
    assert lines[1].startswith('note: ')
    entry = number(clean.json(f'mmu walk {HOLE:x} -j')[3], 'entry')
    clean.ok(f'mw.q {entry + 8:x} 2')
    with clean.raw.temporary_timeout(120000):
        text, status = clean.run('mmu test ffffffffffffffff')
    assert status == 1
    lines.append(text.split('\n')[-1])
    assert 'tables not in order at 5000001000, op ' in lines[2]
    clean.ok(f'mw.q {entry + 8:x} 0; mmu unmap {HOLE:x} 1000')
    clean.ok('mmu guard stack on')
    lines.append(clean.fails('mmu split 40000000 4000000000'))
    assert 'mmu guard stack off' in lines[3]
    clean.ok('mmu guard stack off')
    far = 0x1000000000000000
    lines.append(clean.fails(f'mmu protect {far:x} {far:x} ro'))
    assert ': beyond' in lines[4]
    for line in ('test', 'dump', 'poke 0', f'protect {HOLE:x} 1000',
                 f'protect {HOLE:x} 1000 rw,nx,wb,ish,'):
        blank = '' if line.endswith(',') else ' '
        lines.append(clean.fails(f'mmu {line}{blank}{60 * "z"}'))
        assert 'zzz' in lines[-1] or 'ish' in lines[-1]
    for line in map(at_48_bits, lines):
        assert len(line) <= 80, line


def test_pfa_memory_is_guarded(clean):
    """Metadata, records, tables and free frames of the PFA stay as they are

    A table may be put into a free frame at any time. What the user was given
    is the user's, and can't go back unless it is mapped as it was.

    Proves: CMMU-025 CPFA-019
    """
    clean.ok('pfa alloc 2M mine')
    mine = int(clean.env('mine'), 16)
    zone = [row for row in clean.json('pfa info -j') if 'zone' in row][0]
    end = number(zone, 'zone') + number(zone, 'size')
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    table = [number(row, 'pa') for row in clean.json('pfa list -j')
             if row['owner'] == 'table'][0]
    frames = ''.join(row['map'] for row in clean.json('pfa map -z 4K -j'))
    free = number(zone, 'zone') + 0x1000 * frames.index('.')
    before = state(clean)
    for addr in (end - 0x1000, table, free):
        for cmd in (f'mmu unmap {addr:x} 1000', f'mmu unmap {addr:x} 1000 -f',
                    f'mmu map {addr:x} {RAM:x} 1000 -f',
                    f'mmu map {HOLE + 0x100000:x} {addr:x} 1000',
                    f'mmu map {HOLE + 0x100000:x} {addr:x} 1000 -f'):
            assert 'the PFA' in clean.fails(cmd)
    assert state(clean) == before
    clean.ok(f'mmu unmap {mine:x} 1000')
    assert 'not mapped' in clean.fails(f'pfa free {mine:x}')
    assert 'not mapped' in clean.fails('pfa free -a -f')
    clean.ok(f'mmu map {mine:x} {mine:x} 1000 rw,wb')
    clean.ok('pfa free $mine')
    clean.restart()


def test_start_needs_memory_that_is_mapped(fresh):
    """LMB's memory is not taken where somebody has unmapped it

    Proves: CPFA-020
    """
    zone = [row for row in fresh.json('pfa info -j') if 'zone' in row][0]
    addr = number(zone, 'zone')
    fresh.ok('pfa stop')
    fresh.ok(f'mmu unmap {addr:x} 1000')
    # All that LMB has would do, but for this page
    assert 'is mapped as RAM' in fresh.fails('pfa start 930M')
    fresh.ok(f'mmu map {addr:x} {addr:x} 1000 rw,wb')
    fresh.ok('pfa start 930M')
    fresh.restart()


def test_grow_passes_over_holes(fresh):
    """What is not mapped as RAM is passed over, above or below the range taken

    Proves: CPFA-046
    """
    zone = [row for row in fresh.json('pfa info -j') if 'zone' in row][0]
    start = number(zone, 'zone')
    hole = start - (4 << 20)
    fresh.ok(f'mmu unmap {hole:x} 1000')
    fresh.ok(f'mmu protect {start - (16 << 20):x} 1000 ro')
    for size, where in ((8, hole - (8 << 20)), (2, start - (2 << 20)),
                        (16, start - (32 << 20))):
        fresh.ok(f'pfa grow {size}M')
        zones = [number(row, 'zone') for row in fresh.json('pfa info -j')
                 if 'zone' in row]
        assert sorted(zones) == [where, start]
        fresh.ok('pfa trim')
    fresh.restart()


def test_lmb_memory_is_guarded(fresh):
    """What other parts of U-Boot hold in LMB is not unmapped by accident

    Proves: CMMU-026
    """
    zone = [row for row in fresh.json('pfa info -j') if 'zone' in row][0]
    end = number(zone, 'zone') + number(zone, 'size')
    kept = re.findall(r'reserved\[\d+\]\s+\[0x([0-9a-f]+)-',
                      fresh.ok('bdinfo'))
    addr = min(int(first, 16) for first in kept if int(first, 16) >= end)
    text = fresh.fails(f'mmu unmap {addr & ~0xfff:x} 1000')
    if "U-Boot's" in text:
        pytest.skip('nobody but U-Boot holds memory in LMB')
    assert 'LMB' in text


def test_variable_with_rules(clean):
    """A variable that could refuse its value is refused before all else

    Proves: CLI-004 CLI-007
    """
    clean.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    before = state(clean)
    for cmd in (f'mmu map {HOLE:x} {RAM + M:x} 1000 rw,wb -f ethaddr',
                'pfa alloc 1000 ethaddr', 'pfa alloc 1000 stdout'):
        assert 'rules' in clean.fails(cmd)
    assert state(clean) == before
    clean.ok(f'mmu unmap {HOLE:x} 1000')


def test_executable_without_access_is_refused(clean):
    """What none remembers is writable, so with x it is writable and executable

    Proves: CMMU-007
    """
    assert 'writable and executable' in \
        clean.fails(f'mmu map {HOLE:x} {RAM:x} 1000 none,x')


def test_tables_make_the_pfa_grow(fresh):
    """A full PFA takes another zone from LMB for a table

    Proves: CMMU-027
    """
    fresh.ok('pfa stop; pfa start 4M')
    for order in range(9, -1, -1):
        while fresh.run(f'pfa alloc -r 0-100000000 o{order} -t all')[1] == 0:
            pass
    assert '+2 tables (pfa)' in fresh.ok(f'mmu map {HOLE:x} {RAM:x} 1000')
    assert fresh.json('pfa info -j')[0]['zones'] == 2
    fresh.ok(f'mmu unmap {HOLE:x} 1000; pfa free -t all; pfa trim')
    fresh.restart()
