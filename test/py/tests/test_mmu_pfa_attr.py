# SPDX-License-Identifier: GPL-2.0+
"""mmu protect, split, merge, check and test, and translations both ways"""

import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_helper import interrupt, keeps_bounds, level, one_block
from mmu_pfa_helper import parse_jsonl

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

HOLE = 0x5000000000
RAM = 0x48000000
NO_RAM = 0x90000000

# Instructions of each workload of mmu bench, with room for other compilers
BOUNDS = {
    'map_4k': 4.5, 'unmap_4k': 1, 'map_1g': 30, 'map_2m': 4.6,
    'split_1g': 6500, 'split_2m': 4400, 'pair': 4600, 'translate': 60,
    'protect_4k': 10.5,
}
M = 1 << 20


def attrs(con, va):
    """The attributes of one page"""
    row, = con.json(f'mmu dump {va:x} 1000 -j')
    return row['attrs']


def tables(con):
    return {obj['tables']: obj['now'] for obj in con.json('mmu info -j')
            if 'tables' in obj}


@pytest.fixture
def mapped(con):
    """4 MiB at HOLE in two blocks; gone again afterwards, with all tables"""
    before = tables(con)
    assert (before['static'], before['pfa']) == (0, 0)
    con.ok(f'mmu map {HOLE:x} {RAM:x} 4M rw,nx,wb')
    yield con
    con.ok(f'mmu unmap {HOLE:x} 4M')
    assert tables(con) == before


def test_protect_changes_what_is_named(mapped):
    """Only that, only there, and what it says holds; back, the block is back

    Proves: CMMU-028
    """
    page = HOLE + 0x3000
    mapped.ok(f'mw.l {page:x} 11111111')
    mapped.ok(f'mmu protect {page:x} 1000 ro')
    assert attrs(mapped, page) == 'ro,nx,wb'
    assert attrs(mapped, page - 0x1000) == 'rw,nx,wb'
    assert attrs(mapped, page + 0x1000) == 'rw,nx,wb'
    assert mapped.run(f'mw.l {page:x} 22222222')[1] == 1
    assert mapped.env('fault_kind') == 'write-perm'
    assert '11111111' in mapped.ok(f'md.l {page:x} 1')
    mapped.ok(f'mmu protect {page:x} 1000 none')
    assert mapped.run(f'md.l {page:x} 1')[1] == 1
    assert mapped.env('fault_kind') == 'no-access'
    mapped.ok(f'mmu protect {page:x} 1000 rw')
    mapped.ok(f'mw.l {page:x} 33333333')
    assert '33333333' in mapped.ok(f'md.l {page - HOLE + RAM:x} 1')
    assert level(mapped, page) == 2


def test_protect_memory_type(mapped):
    """Another memory type shows the same bytes

    Proves: CMMU-028
    """
    mapped.ok(f'mw.l {HOLE:x} 44444444')
    mapped.ok(f'mmu protect {HOLE:x} 2M nc')
    assert attrs(mapped, HOLE) == 'rw,nx,nc'
    assert attrs(mapped, HOLE + 2 * M) == 'rw,nx,wb'
    assert '44444444' in mapped.ok(f'md.l {HOLE:x} 1')
    mapped.ok(f'mmu protect {HOLE:x} 2M wb')


@pytest.mark.parametrize('words, reason', [
    (f'{HOLE:x} 1000 x', 'writable and executable'),
    (f'{HOLE:x} 5M ro', 'not mapped'), (f'{HOLE + 8:x} 1000 ro', 'multiple'),
    (f'{HOLE:x} 0 ro', 'size is 0'), (f'{HOLE:x} 1000 what', '"what"'),
    (f'{HOLE:x} 1z ro', '"1z"'), ('10000000000 1000 ro', 'beyond'),
])
def test_protect_refusals(mapped, words, reason):
    """One line that names the reason, and nothing has changed

    Proves: CMMU-029 CLI-007
    """
    before = mapped.json('mmu dump -j'), tables(mapped)
    assert reason in mapped.fails(f'mmu protect {words}')
    assert (mapped.json('mmu dump -j'), tables(mapped)) == before


def root(con):
    return int(con.json('mmu info -j')[0]['root'], 16)


def test_protect_what_uboot_stands_on(con):
    """Refused by name, also with -f

    Proves: CMMU-029
    """
    for option in ('', ' -f'):
        assert 'translation tables' in \
            con.fails(f'mmu protect {root(con):x} 1000 ro{option}')


def test_protect_execute(mapped):
    """ro,x is allowed, rw on it is refused, -f insists

    Proves: CMMU-029
    """
    mapped.ok(f'mmu protect {HOLE:x} 1000 ro,x')
    line = mapped.fails(f'mmu protect {HOLE:x} 1000 rw')
    assert 'rw,nx' in line and len(line) <= 80
    mapped.ok(f'mmu protect {HOLE:x} 1000 rw -f')
    assert attrs(mapped, HOLE) == 'rw,x,wb'
    mapped.ok(f'mmu protect {HOLE:x} 1000 nx')


def test_split_and_merge(mapped):
    """Into pages and back, with the same bytes; split stays until asked

    Proves: CMMU-030
    """
    mapped.ok(f'mw.l {HOLE + 0x5000:x} 55555555')
    before = tables(mapped)
    assert '512 x 4K' in mapped.ok(f'mmu split {HOLE:x} 2M')
    assert level(mapped, HOLE + 0x5000) == 3
    assert tables(mapped)['pfa'] == before['pfa'] + 1
    assert '55555555' in mapped.ok(f'md.l {HOLE + 0x5000:x} 1')
    assert 'split on purpose' in mapped.ok(f'mmu walk {HOLE:x}')
    mapped.ok(f'mmu protect {HOLE:x} 1000 ro; mmu protect {HOLE:x} 1000 rw')
    assert level(mapped, HOLE) == 3
    assert '-1 table' in mapped.ok(f'mmu merge {HOLE:x} 2M')
    assert level(mapped, HOLE) == 2 and tables(mapped) == before
    assert '55555555' in mapped.ok(f'md.l {HOLE + 0x5000:x} 1')
    assert 'nothing to merge' in mapped.ok(f'mmu merge {HOLE:x} 2M')


def test_what_was_done_is_told(mapped):
    """Entries of the range and tables, or that nothing was to be done

    Proves: CMMU-110
    """
    page = HOLE + 0x5000
    assert mapped.ok(f'mmu protect {page:x} 1000 ro') == \
        f'changed 1 x 4K at {page:x}  +1 table (pfa)'
    assert mapped.ok(f'mmu protect {page:x} 1000 ro') == \
        f'changed nothing at {page:x}'
    # What is merged then was not asked for, and is not counted
    assert mapped.ok(f'mmu protect {page:x} 1000 rw') == \
        f'changed 1 x 4K at {page:x}  -1 table (pfa)'
    assert mapped.ok(f'mmu split {page:x}') == \
        f'split 1 block for 1 x 4K at {page:x}  +1 table (pfa)'
    assert mapped.ok(f'mmu split {page:x}') == f'nothing to split at {page:x}'
    assert mapped.ok(f'mmu merge {page:x}') == \
        f'merged at {page:x}  -1 table (pfa)'
    assert mapped.ok(f'mmu merge {page:x}') == f'nothing to merge at {page:x}'
    assert mapped.ok(f'mmu map {HOLE:x} {RAM:x} 4M rw,nx,wb -f') == \
        f'mapped 4M at {HOLE:x} -> {RAM:x} rw,nx,wb  as it was'


def test_split_of_a_page_in_a_large_block(con):
    """One block is split, as far as one page takes

    Proves: CMMU-110
    """
    con.ok(f'mmu map {HOLE:x} 40000000 1G ro,nx,wb')
    assert con.ok(f'mmu split {HOLE + 5 * M:x}') == \
        f'split 1 block for 1 x 4K at {HOLE + 5 * M:x}  +2 tables (pfa)'
    assert level(con, HOLE) == level(con, HOLE + 6 * M) == 2
    assert level(con, HOLE + 4 * M) == 3
    assert con.ok(f'mmu merge {HOLE + 5 * M:x}') == \
        f'merged at {HOLE + 5 * M:x}  -2 tables (pfa)'
    con.ok(f'mmu unmap {HOLE:x} 1G')


def test_walk_of_what_has_no_access(con):
    """It is a mapping to who reads and to machines alike

    Proves: CMMU-034
    """
    con.ok(f'mmu map {HOLE:x} {RAM:x} 200000 none')
    text, status = con.run(f'mmu walk {HOLE + 0x1234:x}')
    assert status == 1 and f'2M {HOLE:x} -> {RAM:x} none' in text
    text, status = con.run(f'mmu walk {HOLE + 0x1234:x} -j')
    leaf, hardware = parse_jsonl(text)[0][-2:]
    assert status == 1
    assert (leaf['pa'], leaf['size']) == (f'0x{RAM + 0x1234:x}', '0x200000')
    assert leaf['attrs'].startswith('none') and not leaf['contiguous']
    assert leaf['larger'].startswith('no 1G block')
    assert hardware['agree'] is True
    con.ok(f'mmu unmap {HOLE:x} 2M')


def test_refusals_name_what_would_do(mapped):
    """Of writable and executable, the half that is there is kept

    Proves: CMMU-029
    """
    assert mapped.fails(f'mmu protect {HOLE:x} 2M x').endswith('; ro,x or -f')
    mapped.ok(f'mmu protect {HOLE:x} 2M ro,x')
    assert mapped.fails(f'mmu protect {HOLE:x} 2M rw').endswith(
        '; rw,nx or -f')
    mapped.ok(f'mmu protect {HOLE:x} 2M rw,nx')


def test_merge_of_what_is_no_block(con):
    """Groups of 16 pages get the contiguous hint, and that is told

    Proves: CMMU-034 CMMU-110
    """
    con.ok(f'mmu map {HOLE:x} {RAM:x} 20000 rw,nx,wb -4k')
    assert con.ok(f'mmu merge {HOLE:x} 20000') == \
        f'contiguous hint for 32 x 4K at {HOLE:x}'
    assert 'one of 16 contiguous' in con.ok(f'mmu walk {HOLE:x}')
    leaf = con.json(f'mmu walk {HOLE:x} -j')[-2]
    assert leaf['contiguous'] is True
    assert leaf['larger'] == f'no 2M block: {HOLE + 0x20000:x} is not mapped'
    assert con.ok(f'mmu split {HOLE + 0x1000:x} 2000') == \
        f'contiguous hint off 2 x 4K at {HOLE + 0x1000:x}'
    con.ok(f'mmu unmap {HOLE:x} 20000')


def test_split_of_what_uboot_runs_on(fresh):
    """Code, stack, tables and all RAM in pages, and back to blocks

    Proves: CMMU-030 LIV-002
    """
    text = fresh.ok('bdinfo')
    image, sp = (int(re.search(rf'{name}\s+= 0x([0-9a-f]+)', text).group(1),
                     16) for name in ('relocaddr', 'sp start'))
    fresh.ok(f'mw.l {RAM:x} 66666666')
    crc = fresh.ok(f'crc32 {RAM:x} 1000000')
    before = tables(fresh), level(fresh, RAM)
    blocks = {addr & ~(2 * M - 1) for addr in (image, sp, root(fresh))}
    # U-Boot itself may have split the one of the image
    blocks = {block for block in blocks if level(fresh, block) < 3}
    assert len(blocks) > 1
    for addr in (*blocks, RAM):
        assert '512 x 4K' in fresh.ok(f'mmu split {addr:x} 2M')
    assert 'ok' in fresh.ok('mmu check tables') + fresh.ok('mmu check at')
    assert fresh.ok(f'crc32 {RAM:x} 1000000') == crc
    fresh.ok('mmu merge 40000000 1G')
    assert (tables(fresh), level(fresh, RAM)) == before
    assert fresh.ok(f'crc32 {RAM:x} 1000000') == crc
    edits = fresh.json('mmu info -j')[-1]
    # One window for each split, and one for all that was merged, or for each
    # block where U-Boot's own table holds them
    assert int(edits['windows'], 16) == len(blocks) + \
        (1 if one_block(fresh) else len(blocks))
    assert int(edits['window_par'], 16) & 1 == one_block(fresh)


def writable_code(con):
    """What is writable and executable; the flash and RAM at least"""
    rows = [row for row in con.json('mmu dump -j')
            if row['attrs'].startswith('rw,x')]
    assert len(rows) == 2 or not one_block(con)
    return rows


def test_check(con):
    """A verdict for each, and the sum as status

    Proves: CMMU-031
    """
    text, status = con.run('mmu check')
    assert status == 1
    lines = dict(line.split(None, 1) for line in text.split('\n'))
    assert lines['wx'].startswith(
        f'{len(writable_code(con))} regions writable and executable')
    assert lines['ram'].startswith('2 regions write-back')
    assert lines['devx'] == lines['types'] == 'ok'
    assert lines['tables'] == 'ok'
    assert re.fullmatch(r'ok, \d+ addresses asked', lines['at'])
    assert con.ok('mmu check devx') == 'devx    ok'
    con.ok(f'mmu map {HOLE:x} {NO_RAM:x} 1000 ro,x -f')
    assert con.fails('mmu check devx').endswith(f'first at {HOLE:x}')
    con.ok(f'mmu unmap {HOLE:x} 1000')
    con.usage('mmu check what')


def test_check_memory_types(con):
    """RAM with two memory types is told by the address that is not its own

    Proves: CMMU-017 CMMU-031
    """
    con.ok(f'mmu map {HOLE:x} {RAM:x} 2M rw,nx,wb')
    assert con.ok('mmu check types') == 'types   ok'
    con.ok(f'mmu protect {HOLE + 0x1000:x} 1000 nc')
    line = con.fails('mmu check types')
    assert line == 'types   1 region with another memory type elsewhere, ' \
        f'first at {HOLE + 0x1000:x}' and len(line) <= 80
    con.ok(f'mmu protect {HOLE + 0x1000:x} 1000 wb,osh')
    line = con.fails('mmu check types')
    assert line == 'types   1 region with another shareability elsewhere, ' \
        f'first at {HOLE + 0x1000:x}' and len(line) <= 80
    con.ok(f'mmu protect {HOLE + 0x2000:x} 1000 nc')
    assert '2 regions with another memory type' in con.fails('mmu check types')
    con.ok(f'mmu protect {HOLE + 0x1000:x} 2000 none')
    assert con.ok('mmu check types') == 'types   ok'
    text = con.ok(f'mmu map {HOLE + 8 * M:x} {RAM + 4 * M:x} 1000 wb,osh')
    assert 'maps it with another shareability; use one at a time' in text
    con.ok(f'mmu unmap {HOLE + 8 * M:x} 1000')
    con.ok(f'mmu unmap {HOLE:x} 2M')


def test_check_for_machines(con):
    """The same as JSON Lines, one check or all

    Proves: CMMU-040 CLI-011
    """
    _, status = con.run('mmu check -j')
    assert status == 1
    text, _ = con.run('mmu check -j')
    objects, end = parse_jsonl(text)
    assert end == 'mmu.check' and len(objects) == 6
    rows = {row['check']: row for row in objects}
    wx = writable_code(con)
    assert (rows['wx']['n'], rows['wx']['first']) == (len(wx), wx[0]['va'])
    assert not rows['wx']['ok'] and rows['tables']['ok'] and rows['at']['ok']
    assert con.json('mmu check tables -j') == [{'check': 'tables', 'ok': True}]


@pytest.mark.parametrize('cmd', [
    'mmu check wx', 'mmu check types', 'mmu check tables', 'mmu check at',
    'mmu check', 'mmu check at -j', 'mmu test 3', 'mmu bench',
])
def test_interrupt(con, cmd):
    """Ctrl-C fails the command, in one line and without a closing object

    Proves: CMMU-114
    """
    before = tables(con)
    name = ' '.join(cmd.split()[:2])
    assert interrupt(con, cmd).startswith(f'{name}: interrupted')
    assert tables(con) == before


def test_a_long_test_shows_progress(con):
    """A line a second, until Ctrl-C

    Proves: CMMU-114
    """
    con.raw.run_command('mmu test', wait_for_prompt=False)
    with con.raw.temporary_timeout(60000):
        con.raw.wait_for(re.compile(r'\d+ of 400 operations'))
        text = con.raw.run_command('\x03', wait_for_echo=False,
                                   send_nl=False)
    assert 'mmu test: interrupted after' in text


def addresses_asked(con):
    """How many addresses the hardware was asked about, if all is well"""
    row, = con.json('mmu check at -j')
    assert row['check'] == 'at' and row['ok']
    return row['asked']


def test_check_asks_about_each_entry(con):
    """The hardware is asked about all of a region, not about its ends alone

    Proves: CMMU-031 ENG-123
    """
    before = addresses_asked(con)
    con.ok(f'mmu map {HOLE:x} {RAM:x} 2M rw,nx,wb -4k')
    # The pages, and the holes in the table above them
    assert 1023 <= addresses_asked(con) - before < 1030
    assert f'{addresses_asked(con)} addresses' in con.ok('mmu check at')
    con.ok(f'mmu unmap {HOLE:x} 2M')
    assert addresses_asked(con) == before


def test_bench_without_tables(fresh):
    """What a workload needs is told, as of any other change

    Proves: CMMU-041
    """
    fresh.ok('pfa stop')
    text, status = fresh.run('mmu bench')
    assert status == 1
    assert text.split('\n')[-1] == \
        'mmu bench: needs 514 tables, the static pool has 15 of 16 left'
    assert tables(fresh)['static'] == 0
    fresh.ok('pfa start')


def test_bench(con):
    """What the engine costs, a line a workload; nothing is left

    Proves: CMMU-041
    """
    before = con.json('mmu dump -j'), tables(con)
    with con.raw.temporary_timeout(120000):
        text = con.ok('mmu bench')
    rows = {line.split()[0]: line for line in text.split('\n')}
    for name in ('map_4k', 'unmap_4k', 'protect_4k', 'map_1g', 'map_2m',
                 'split_1g', 'split_2m', 'pair', 'translate'):
        assert name in rows
    assert re.search(r' 1 tlbi +2 dsb$', rows['unmap_4k'])
    assert re.search(r' 0 tlbi +1 dsb$', rows['map_4k'])
    assert (con.json('mmu dump -j'), tables(con)) == before
    con.usage('mmu bench 1')


def test_operations_keep_their_bounds(con):
    """What is published of the instructions that they take holds

    Proves: CMMU-111
    """
    keeps_bounds(con, 'mmu bench', BOUNDS)


def test_range_invalidation(fresh):
    """Many entries go by one TLBI where the CPU can, and none is kept

    Proves: CMMU-042
    """
    def tlbis():
        return next(int(match.group(1)) for match in
                    [re.search(r'(\d+) TLBI', fresh.ok('mmu info'))])

    fresh.restart('-cpu max')
    fresh.ok(f'mmu map {HOLE:x} {RAM:x} 200000 -4k')
    fresh.ok(f'crc32 {HOLE:x} 200000')
    before = tlbis()
    fresh.ok(f'mmu unmap {HOLE + 0x1000:x} 15000')
    fresh.ok(f'mmu protect {HOLE + 0x17000:x} 14d000 ro')
    assert tlbis() == before + 2
    for page in (1, 2, 0x14, 0x15):
        assert fresh.run(f'md {HOLE + page * 0x1000:x} 1')[1] == 1
    for page in (0x17, 0x100, 0x163):
        assert fresh.run(f'mw {HOLE + page * 0x1000:x} 0')[1] == 1
    fresh.ok(f'mw {HOLE + 0x164 * 0x1000:x} 0; md {HOLE:x} 1')
    fresh.ok(f'mmu unmap {HOLE:x} 1000')
    fresh.ok(f'mmu unmap {HOLE + 0x16000:x} 1ea000')


def test_random_edits(con):
    """They come out as a model says, and leave nothing

    Proves: CMMU-032
    """
    before = con.json('mmu dump -j'), tables(con)
    with con.raw.temporary_timeout(120000):
        text = con.ok('mmu test 5')
    # Behind lines of progress, if it takes over a second
    assert re.search(r'^400 operations of seed 5 at [0-9a-f]+: ok', text,
                     re.MULTILINE)
    assert (con.json('mmu dump -j'), tables(con)) == before
    assert '"zz"' in con.fails('mmu test zz')


def test_translate_both_ways(mapped):
    """v2p gives the physical address, p2v all that map it

    Proves: CMMU-033
    """
    assert mapped.ok(f'mmu v2p {HOLE + 0x123:x} where') == f'{RAM + 0x123:x}'
    assert mapped.env('where') == f'{RAM + 0x123:x}'
    assert mapped.ok(f'mmu p2v {RAM + 0x123:x}').split('\n') == \
        [f'{RAM + 0x123:x} rw,x,wb', f'{HOLE + 0x123:x} rw,nx,wb']
    assert 'not mapped' in mapped.fails('mmu v2p 6000000000')
    assert 'nothing maps' in mapped.fails('mmu p2v 6000000000')
    mapped.ok('setenv where')


def test_walk_says_why_not_larger(mapped):
    """The reason, with the neighbour that differs

    Proves: CMMU-034
    """
    assert 'no 1G block: va and pa differ' in mapped.ok(f'mmu walk {HOLE:x}')
    mapped.ok(f'mmu protect {HOLE + 0x7000:x} 1000 ro')
    assert f'no 2M block: {HOLE + 0x7000:x} has other attributes' in \
        mapped.ok(f'mmu walk {HOLE:x}')
    mapped.ok(f'mmu protect {HOLE + 0x7000:x} 1000 none')
    text, status = mapped.run(f'mmu walk {HOLE + 0x7000:x}')
    assert status == 1 and 'none,nx,wb' in text
    assert text.endswith('hardware: fault 07 (unmapped L3), agrees')
    mapped.ok(f'mmu protect {HOLE + 0x7000:x} 1000 rw')
    mapped.ok(f'mmu split {HOLE:x} 1000')
    assert 'no 2M block: split on purpose' in mapped.ok(f'mmu walk {HOLE:x}')
    mapped.ok(f'mmu merge {HOLE:x} 1000')
    why = 'no larger block: there is none' if one_block(mapped) else \
        'no 1G block: '
    assert why in mapped.ok(f'mmu walk {RAM:x}')
    mapped.ok(f'mmu map {HOLE + 0x800000:x} {RAM:x} 10000')
    text = mapped.ok(f'mmu walk {HOLE + 0x800000:x}')
    assert 'rw,nx,wb, one of 16 contiguous' in text
    assert f'no 2M block: {HOLE + 0x810000:x} is not mapped' in text
    mapped.ok(f'mmu unmap {HOLE + 0x800000:x} 10000')
