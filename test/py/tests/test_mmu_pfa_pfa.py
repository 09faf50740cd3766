# SPDX-License-Identifier: GPL-2.0+
"""The pfa command: frames from LMB and back, at the prompt"""

import os
import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_helper import interrupt

pytestmark = pytest.mark.buildconfigspec('cmd_pfa')


def info(con):
    """The first object of pfa info: the totals"""
    return con.json('pfa info -j')[0]


def number(obj, key):
    return int(obj[key], 16)


def state(con):
    """All that a command that fails must not change"""
    rows = con.json('pfa stat -j')
    for row in rows:
        row.pop('peak', None)
    return rows, con.json('pfa list -j')


def allocated(text):
    """The addresses that pfa alloc printed"""
    return [int(addr, 16) for addr in re.findall(r' at ([0-9a-f]+)', text)]


def lmb_reserved(con):
    """Reserved regions as bdinfo shows them: list of (first, last)"""
    text = con.ok('bdinfo')
    found = re.findall(r'reserved\[\d+\]\s+\[0x([0-9a-f]+)-0x([0-9a-f]+)\]',
                       text)
    assert found, text
    return [(int(first, 16), int(last, 16)) for first, last in found]


def zone(con):
    """First address and size of the only zone"""
    zones = [obj for obj in con.json('pfa info -j') if 'zone' in obj]
    assert len(zones) == 1
    return number(zones[0], 'zone'), number(zones[0], 'size')


@pytest.fixture
def clean(con):
    """A started PFA from which the user holds nothing, before and after"""
    if not info(con)['started']:
        con.ok('pfa start')
    con.ok('pfa free -a -f')
    yield con
    con.ok('pfa free -a -f')


def test_starts_by_itself(fresh):
    """1/16 of what LMB has free, from the top of RAM down

    Proves: CPFA-001
    """
    start, size = zone(fresh)
    assert 4 << 20 <= size <= 64 << 20
    ram_end = 0x80000000
    free = ram_end - 0x40000000 - (32 << 20)
    assert free // 16 * 9 // 10 < size <= 64 << 20
    assert start > 0x70000000


def test_autostart_no(con):
    """The environment can keep the PFA from starting

    Proves: CPFA-002
    """
    con.restart(env={'pfa_autostart': 'no'})
    assert not info(con)['started']
    assert 'not started' in con.fails('pfa alloc 1000')
    con.restart()
    assert info(con)['started']


def test_start_and_stop_by_hand(fresh):
    """Memory comes from LMB and goes back there

    Proves: CPFA-003
    """
    with_pfa = lmb_reserved(fresh)
    assert fresh.ok('pfa stop').startswith('stopped')
    without = lmb_reserved(fresh)
    assert without != with_pfa
    assert 'not started' in fresh.fails('pfa stop')
    text = fresh.ok('pfa start 8M')
    assert zone(fresh)[1] == 8 << 20 and '8M' in text
    assert 'already' in fresh.fails('pfa start')
    fresh.ok('pfa stop')
    assert lmb_reserved(fresh) == without
    fresh.ok('pfa start')
    assert lmb_reserved(fresh) == with_pfa


@pytest.mark.parametrize('size, reason', [
    ('0', 'size is 0'), ('1000', 'too small'),
    ('1234567', 'multiple of 1000'),
    ('12xz', '12xz'), ('1T', '1T'), ('16777216T', '16777216T'),
    ('fffffffffffff000', 'fffffffffffff000'),
])
def test_start_bad_size(con, size, reason):
    """A size that makes no sense is refused, and nothing has changed

    Proves: CPFA-003 CLI-007
    """
    if info(con)['started']:
        con.ok('pfa free -a -f')
        con.ok('pfa stop')
    before = lmb_reserved(con)
    assert reason in con.fails(f'pfa start {size}')
    assert lmb_reserved(con) == before
    con.ok('pfa start')


def test_stop_while_frames_are_out(clean):
    """Refused, with how much is out, and everything goes on

    Proves: CPFA-004
    """
    clean.ok('pfa alloc 3M')
    before = state(clean)
    assert '3M' in clean.fails('pfa stop')
    assert state(clean) == before
    clean.ok('pfa free -a')
    clean.ok('pfa stop')
    clean.ok('pfa start')


def test_memory_is_reserved_in_lmb(clean):
    """bdinfo shows it, and nothing can be loaded over it

    Proves: CPFA-005
    """
    start, size = zone(clean)
    assert any(first <= start and start + size - 1 <= last
               for first, last in lmb_reserved(clean))
    disk = f'{clean.raw.config.persistent_data_dir}/disk/pattern.bin'
    if not os.path.exists(disk):
        pytest.skip(f'no {disk}')
    clean.ok('virtio scan')
    clean.ok('mw.l %x 5a5a5a5a' % start)
    text, status = clean.run(f'load virtio 0:1 {start:x} pattern.bin')
    assert status != 0 and 'overwrite reserved memory' in text
    assert '5a5a5a5a' in clean.ok('md.l %x 1' % start)


@pytest.mark.parametrize('word, size, align', [
    ('1', 1 << 12, 1 << 12), ('1000', 1 << 12, 1 << 12),
    ('o0', 1 << 12, 1 << 12), ('o3', 8 << 12, 8 << 12),
    ('2M', 2 << 20, 2 << 20), ('200000', 2 << 20, 2 << 20),
    ('12K', 12 << 10, 16 << 10), ('4M', 4 << 20, 4 << 20),
])
def test_alloc_sizes(clean, word, size, align):
    """Whole frames, exactly as many as asked for, aligned; usable memory

    Proves: CPFA-006
    """
    before = number(info(clean), 'free')
    addr, = allocated(clean.ok(f'pfa alloc {word}'))
    start, length = zone(clean)
    assert start <= addr and addr + size <= start + length
    assert addr % align == 0
    found = [obj for obj in clean.json('pfa list -j')
             if number(obj, 'pa') == addr]
    assert len(found) == 1 and number(found[0], 'size') == size
    # One more frame may hold the record of the allocation
    assert size <= before - number(info(clean), 'free') <= size + 4096
    clean.ok(f'mw.l {addr + size - 4:x} 600df00d')
    assert '600df00d' in clean.ok(f'md.l {addr + size - 4:x} 1')
    clean.ok(f'pfa free {addr:x}')
    assert number(info(clean), 'used') == 0


def test_alloc_options(clean):
    """Count, alignment, range and tag, anywhere on the line

    Proves: CPFA-007 CLI-009
    """
    text = clean.ok('pfa alloc -n 3 o1 -t three')
    addrs = allocated(text)
    assert len(set(addrs)) == 3 and len(text.split('\n')) == 3
    addr, = allocated(clean.ok('pfa alloc 1000 -a 1M -t aligned'))
    assert addr % (1 << 20) == 0
    start, size = zone(clean)
    middle = start + size // 2
    addr, = allocated(clean.ok(
        f'pfa alloc -r {middle:x}-{middle + 0x4000:x} 2000'))
    assert middle <= addr <= middle + 0x2000
    tags = [obj['tag'] for obj in clean.json('pfa list -j')]
    assert sorted(tags) == ['', 'aligned', 'three', 'three', 'three']


def test_alloc_into_variable(clean):
    """The address, or all of them, hex without 0x

    Proves: CPFA-008 CLI-004
    """
    addr, = allocated(clean.ok('pfa alloc 2000 buf'))
    assert clean.env('buf') == f'{addr:x}'
    addrs = allocated(clean.ok('pfa alloc 1000 bufs -n 2'))
    assert clean.env('bufs') == ' '.join(f'{addr:x}' for addr in addrs)
    clean.ok('pfa free $buf; setenv buf; setenv bufs')


def test_alloc_out_of_frames(clean):
    """One line with what zones and LMB have; it is true

    Proves: CPFA-009 CLI-007
    """
    before = state(clean)
    text = clean.fails('pfa alloc 1G')
    largest, lmb = re.search(r'; zones have (\S+), LMB ([\d.]+)M$',
                             text).groups()
    assert state(clean) == before
    clean.ok(f'pfa alloc {largest}')
    assert info(clean)['zones'] == 1
    clean.ok('pfa free -a')
    # less what the zone needs for itself
    clean.ok(f'pfa alloc {int(float(lmb)) - 4}M -a 1000')
    assert info(clean)['zones'] == 2
    clean.ok('pfa free -a; pfa stop; pfa start')


def test_alloc_of_too_many(clean):
    """What can be had, but not so often or not so aligned, is no small largest

    Proves: CPFA-081
    """
    before = state(clean)
    # The third of three does not fit, not even with all that LMB has: none
    # is kept
    assert clean.fails('pfa alloc 256M -n 4') == \
        'pfa alloc: no 4 free runs of 256M (align 256M), nor in LMB'
    assert clean.fails('pfa alloc 512M -a 512M -n 2') == \
        'pfa alloc: no 2 free runs of 512M (align 512M), nor in LMB'
    assert state(clean) == before


def test_alloc_with_all_zones_in_use(fresh):
    """It is not LMB that has nothing

    Proves: CPFA-081
    """
    fresh.ok('pfa stop; pfa start 4M')
    for _ in range(63):
        fresh.ok('pfa grow 4000')
    assert fresh.fails('pfa alloc 64M') == \
        'pfa alloc: no room for 1 x 64M: there are 64 zones already'
    fresh.ok('pfa stop; pfa start')


@pytest.mark.parametrize('words, reason', [
    ('0', 'size is 0'), ('12xz', '"12xz"'), ('1.5M', '"1.5M"'),
    ('o19', '"o19"'), ('ox', '"ox"'), ('16777216T', '"16777216T"'),
    ('ffffffffffffffff', 'ffffffffffffffff'),
    ('1000 9x', '"9x"'), ('1000 rw', '"rw"'),
    ('1000 -a 3000', '"3000"'), ('1000 -a 0', '"0"'),
    ('1000 -n 0', '"0"'), ('1000 -n 101', '"101"'), ('1000 -n x', '"x"'),
    ('1000 -r 10', '"10"'), ('1000 -r 2000-1000', '2000-1000'),
    ('1000 -r 1x-2', '"1x-2"'), ('1000 -t sixteenletters16', '"sixteen'),
    ('1000 -r 0-1000', 'no free run of 1000 in 0-1000'),
    ('1000 -a 2G', '"2G"'), ('1000 -t a,b', '"a,b"'),
])
def test_alloc_bad_words(clean, words, reason):
    """One line that names the word, and nothing has changed

    Proves: CPFA-010 CLI-007 CLI-001 CLI-002 CLI-003
    """
    before = state(clean)
    assert reason in clean.fails(f'pfa alloc {words}')
    assert state(clean) == before


@pytest.mark.parametrize('line', [
    'pfa', 'pfa nonsense', 'pfa alloc', 'pfa alloc 1000 a b',
    'pfa alloc 1000 -x', 'pfa alloc 1000 -t', 'pfa free', 'pfa free 1 2',
    'pfa free -a -t x', 'pfa free -a 1000', 'pfa info x', 'pfa stat x',
    'pfa stop x', 'pfa list 1 2',
])
def test_wrong_syntax(clean, line):
    """The usage, and nothing has changed

    Proves: CLI-008
    """
    before = state(clean)
    clean.usage(line)
    assert state(clean) == before


def test_free_by_address_tag_or_all(clean):
    """Sizes are remembered, other tags are left alone

    Proves: CPFA-011
    """
    addr, = allocated(clean.ok('pfa alloc 12K'))
    assert clean.ok(f'pfa free {addr:x}') == f'freed 12K at {addr:x}'
    addr, = allocated(clean.ok('pfa alloc 12K'))
    assert clean.ok(f'pfa free {addr:x} -f') == f'freed 12K at {addr:x}'
    clean.ok('pfa alloc 8K -n 2 -t a; pfa alloc 4K -t b')
    assert '2 allocations, 16K' in clean.ok('pfa free -t a')
    assert [obj['tag'] for obj in clean.json('pfa list -j')] == ['b']
    assert '"a"' in clean.fails('pfa free -t a')
    assert '1 allocation, 4K' in clean.ok('pfa free -a')
    assert clean.json('pfa list -j') == []


@pytest.mark.parametrize('tag', ['', 'a,b', 'sixteenletters16', '-'])
def test_free_of_no_tag(clean, tag):
    """An empty tag is not that of all that have none

    Proves: CPFA-080 CLI-007
    """
    clean.ok('pfa alloc 8K -n 2; pfa alloc 4K -t b')
    before = state(clean)
    assert f'bad tag "{tag}"' in clean.fails(f'pfa free -t "{tag}"')
    assert f'bad tag "{tag}"' in clean.fails(f'pfa free -f -t "{tag}"')
    assert state(clean) == before


def test_wrong_frees(clean):
    """Each kind of wrong is told apart, and changes nothing

    Proves: CPFA-012
    """
    start, size = zone(clean)
    addr, = allocated(clean.ok('pfa alloc 64K -t mine'))
    cases = [
        (f'{addr + 0x1000:x}', f'inside 64K at {addr:x} (user mine)'),
        (f'{addr + 0x10:x}', 'not a multiple of 1000'),
        (f'{start + size // 2:x}', 'free already'),
        ('40000000', 'in no zone'),
        ('fffffffffffff000', 'in no zone'),
        (f'{start + size - 0x1000:x}', 'reserved'),
        ('zz', '"zz"'),
    ]
    before = state(clean)
    for word, reason in cases:
        assert reason in clean.fails(f'pfa free {word}')
        assert state(clean) == before
    clean.ok(f'pfa free {addr:x}')
    before = state(clean)
    assert 'free already' in clean.fails(f'pfa free {addr:x}')
    assert state(clean) == before


def test_free_of_mapped_memory(clean):
    """Refused with the other address that maps it; -f insists

    Proves: CPFA-013
    """
    addr, = allocated(clean.ok('pfa alloc 2M'))
    clean.ok(f'mmu map 6000000000 {addr:x} 200000')
    before = state(clean)
    assert '6000000000' in clean.fails(f'pfa free {addr:x}')
    assert state(clean) == before
    clean.ok(f'pfa free {addr:x} -f')
    clean.ok('mmu unmap 6000000000 200000')


def test_tables_are_not_the_users(clean):
    """A table's frame can't be freed by hand, and is passed over by -a

    Proves: CPFA-014
    """
    clean.ok('mmu map 6000000000 48000000 1000')
    tables = [obj for obj in clean.json('pfa list -j')
              if obj['owner'] == 'table']
    assert len(tables) >= 2
    before = state(clean)
    assert 'table' in clean.fails(f'pfa free {tables[0]["pa"]} -f')
    assert '0 allocations' in clean.ok('pfa free -a')
    assert state(clean) == before
    assert 'are out' in clean.fails('pfa stop')
    clean.ok('mmu unmap 6000000000 1000')


def test_list(clean):
    """Address, size, order, owner, tag and who asked, sorted by address

    Proves: CPFA-015 CLI-011
    """
    addr, = allocated(clean.ok('pfa alloc 8K -t one'))
    other, = allocated(clean.ok('pfa alloc 2M -t two'))
    rows = clean.json('pfa list -j')
    assert [number(row, 'pa') for row in rows] == sorted([addr, other])
    one = [row for row in rows if row['tag'] == 'one'][0]
    assert (number(one, 'size'), one['order'], one['owner'], one['who']) == \
        (0x2000, 1, 'user', 'console')
    text = clean.ok('pfa list')
    assert re.search(rf'{addr:010x} +8K +o1 +user +one +console', text)
    head, row = text.split('\n')[:2]
    starts = [[word.start() for word in re.finditer(r'\S+', line)]
              for line in (head.replace('asked by', 'asked'), row)]
    # sizes are flush right
    assert starts[0][0] == starts[1][0] and starts[0][2:] == starts[1][2:]
    assert text.split('\n')[-1].startswith('2 allocations')
    assert [row['tag'] for row in clean.json('pfa list -t two -j')] == ['two']


def test_list_address(clean):
    """What covers an address, in use or not

    Proves: CPFA-016
    """
    start, size = zone(clean)
    addr, = allocated(clean.ok('pfa alloc 64K -t mine'))
    assert clean.ok(f'pfa list {addr + 5:x}').splitlines() == [
        f'{addr + 5:x} is in 64K at {addr:x} (user mine)',
        '  asked by console']
    for at, what in ((start + size // 2, 'free'), (start + size - 1, 'meta')):
        text = clean.ok(f'pfa list {at:x}')
        assert what in text and 'asked' not in text
    assert 'in no zone' in clean.fails('pfa list 1000')


@pytest.mark.parametrize('cmd', [
    'pfa list', 'pfa list -j', 'pfa map', 'pfa map -j', 'pfa bench',
    'pfa test ffffffff', 'pfa free -a', 'pfa free -f -t many',
])
def test_interrupt(clean, cmd):
    """Ctrl-C fails the command, in one line and without a closing object

    Proves: CPFA-047
    """
    clean.ok('pfa alloc 1000 -n 40 -t many')
    before = state(clean)
    name = ' '.join(cmd.split()[:2])
    assert interrupt(clean, cmd).startswith(f'{name}: interrupted')
    assert state(clean) == before


def test_test_shows_progress(clean):
    """A line a second, while there is something to tell

    Proves: CPFA-026
    """
    clean.raw.run_command('pfa test ffffffff', wait_for_prompt=False)
    with clean.raw.temporary_timeout(20000):
        clean.raw.wait_for(re.compile(r'\d+ of 4294967295 operations'))
        text = clean.raw.run_command('\x03', wait_for_echo=False,
                                     send_nl=False)
    assert 'pfa test: interrupted after' in text
    clean.ok('pfa check')


def test_list_tag(clean):
    """A tag that can't be is refused, and one beside an address too

    Proves: CPFA-048
    """
    assert '"a,b"' in clean.fails('pfa list -t a,b')
    clean.usage('pfa list -t x 1000')


@pytest.mark.parametrize('line', [
    'alloc 1000 -r ffff000000000000-fffffffffffff000',
    'alloc 1000 -a 512M -r ffff000000000000-fffffffffffff000',
    'alloc 0000000000000001000 -r ffff000000000000-fffffffffffff000',
    'reserve ffff000000000000 ffff000000000000',
    'reserve ffff000000000000 1000',
    'reserve ffff000000000000 ffff000000000100',
    'add ffff000000000000 1000000000000',
    'add fffff00000000000 ffff000000000000',
    'add fffff00000000000 100000000000',
    'alloc 1000 -t ' + 40 * 'x', 'alloc 1000 -a ' + 40 * 'x',
    'alloc 1000 -n ' + 40 * 'x', 'alloc 1000 -r ' + 60 * 'x',
    'alloc o' + 60 * 'x', 'free -t ' + 60 * 'x', 'map -z ' + 60 * 'x',
    'test ' + 60 * 'x', 'fail ' + 60 * 'x', 'start ' + 60 * '0',
])
def test_messages_fit_the_console(clean, line):
    """At most 80 columns, whatever the words

    Proves: CLI-012
    """
    assert len(clean.fails(f'pfa {line}')) <= 80


def test_stat(clean):
    """Blocks of each order add up, the largest request is true

    Proves: CPFA-017 CLI-011
    """
    clean.ok('pfa alloc o3 -n 5; pfa alloc o0')
    rows = clean.json('pfa stat -j')
    orders = [row for row in rows if 'order' in row]
    free = sum(row['free'] << row['order'] for row in orders) << 12
    total = [row for row in rows if 'frag' in row][0]
    assert free == number(total, 'free') == number(info(clean), 'free')
    assert orders[3]['used'] == 5
    text = clean.ok('pfa stat').split('\n')
    assert text[0].split()[:3] == ['order', 'o0', 'o1']
    assert text[1].split()[0] == 'free' and text[2].split()[0] == 'used'
    assert len({len(line) for line in text[:3]}) == 1
    assert text[-2].startswith('zone ')
    assert text[-1].startswith('  largest ')


def test_info(clean):
    """Zones, owners and counters; sizes add up

    Proves: CPFA-018
    """
    first = info(clean)
    addr, = allocated(clean.ok('pfa alloc 1M -t boot'))
    clean.fails(f'pfa free {addr + 0x1000:x}')
    clean.fails('pfa alloc 1G')
    rows = clean.json('pfa info -j')
    total = rows[0]
    assert number(total, 'size') == number(total, 'free') + \
        number(total, 'used') + number(total, 'meta')
    assert {'owner': 'user', 'tag': 'boot', 'size': '0x100000'} in rows
    assert number(total, 'peak') >= 0x100000
    for name in ('allocs', 'failed', 'refused'):
        assert number(total, name) == number(first, name) + 1, name
    text = clean.ok('pfa info')
    assert re.search(r'user +1M +boot', text)
    clean.ok('pfa free -a')
    assert number(info(clean), 'used') == 0


def test_prefixes_work(clean):
    """A subcommand may be shortened to what is unique

    Proves: CLI-010
    """
    assert clean.ok('pfa inf') == clean.ok('pfa info')
    clean.ok('pfa al 1000')
    clean.ok('pfa fr -a')


def test_enter_does_not_repeat_changes(clean):
    """An empty line after pfa alloc does nothing

    Proves: CLI-013
    """
    clean.raw.run_command('pfa alloc 1000')
    clean.raw.run_command('')
    assert len(clean.json('pfa list -j')) == 1


def test_lines_fit_the_console(clean):
    """At most 80 columns

    Proves: CLI-012
    """
    clean.ok('pfa alloc 2M -t fifteen-letters; pfa alloc 1000 -t b -n 4')
    for more in ('153920K', '150M'):
        clean.ok(f'pfa alloc {more}')
        for cmd in ('pfa info', 'pfa list', 'pfa stat', 'pfa map'):
            for line in clean.ok(cmd).split('\n'):
                assert len(line) <= 80, line
    assert info(clean)['zones'] == 3
    clean.ok('pfa free -a; pfa stop; pfa start')


def test_free_many_is_all_or_nothing(clean):
    """One that can't be freed keeps all of them

    Proves: CPFA-013 CLI-007
    """
    addrs = allocated(clean.ok('pfa alloc 1000 -n 2 -t x'))
    clean.ok(f'mmu map 6000000000 {max(addrs):x} 1000')
    before = state(clean)
    assert '6000000000' in clean.fails('pfa free -t x')
    assert state(clean) == before
    clean.ok('mmu unmap 6000000000 1000')
    assert '2 allocations, 8K' in clean.ok('pfa free -t x')


def test_grows_and_trims(clean):
    """A request that is too large for the zones brings one from LMB

    Proves: CPFA-021 CPFA-022
    """
    clean.ok('pfa alloc 1000')
    before = lmb_reserved(clean)
    addr, = allocated(clean.ok('pfa alloc 128M'))
    assert info(clean)['zones'] == 2
    assert any(first <= addr and addr + (128 << 20) - 1 <= last
               for first, last in lmb_reserved(clean))
    clean.ok(f'pfa free {addr:x}')
    assert info(clean)['zones'] == 2
    assert clean.ok('pfa trim').endswith('back to LMB')
    assert info(clean)['zones'] == 1
    assert lmb_reserved(clean) == before
    clean.ok('pfa grow 8M')
    assert info(clean)['zones'] == 2
    clean.ok('pfa trim')
    assert lmb_reserved(clean) == before
    for word, reason in (('0', 'size is 0'), ('1234', 'not a multiple'),
                         ('1T', 'LMB'),
                         ('x', '"x"')):
        assert reason in clean.fails(f'pfa grow {word}')


def test_add(fresh):
    """A zone of RAM by hand; what is in use or no RAM is refused

    Proves: CPFA-023
    """
    before = lmb_reserved(fresh)
    fresh.ok('pfa add 60000000 16M')
    assert lmb_reserved(fresh) != before
    fresh.ok('pfa reserve 60100000 3000 -t mine')
    assert '12K at 60100000 (user mine)' in fresh.ok('pfa list 60102fff')
    for words, reason in (
            ('60000000 1M', 'overlaps the zone at 60000000'),
            ('5ff00000 101000', 'overlaps the zone at 60000000'),
            ('90000000 1M', 'RAM'),
            ('7ff00000 1M', 'in use'), ('60000800 1M', 'multiples'),
            ('70000000 0', 'size is 0'),
            ('fffffffffffff000 2000', 'wrapping')):
        assert reason in fresh.fails(f'pfa add {words}')
    fresh.ok('pfa free -a')
    fresh.ok('pfa stop; pfa start')
    assert lmb_reserved(fresh) == before


def test_trim_leaves_what_was_added_by_hand(fresh):
    """Trim gives back what grow has taken, and keeps the zone that was named

    Proves: CPFA-060
    """
    fresh.ok('pfa add 60000000 16M; pfa grow 4M')
    zones = fresh.json('pfa stat -j')
    fresh.ok('pfa trim')
    left = [row['zone'] for row in fresh.json('pfa stat -j')
            if 'size' in row]
    assert '0x60000000' in left
    assert len(left) < len([row for row in zones if 'size' in row])
    assert '4K at 60000000' in fresh.ok('pfa reserve 60000000 1000')
    fresh.ok('pfa free -a; pfa stop; pfa start')


def test_reserve(clean):
    """Exactly these frames, or the first that is not free is named

    Proves: CPFA-024 CLI-007
    """
    start, size = zone(clean)
    middle = start + size // 2
    clean.ok(f'pfa reserve {middle:x} 5000 -t mine')
    row, = clean.json('pfa list -j')
    assert (number(row, 'pa'), number(row, 'size')) == (middle, 0x5000)
    before = state(clean)
    for words, reason in (
            (f'{middle - 0x1000:x} 3000', f'{middle:x} is not free'),
            (f'{middle + 0x800:x} 1000', 'multiples'),
            ('40000000 1000', 'not in one zone'),
            (f'{start + size - 0x1000:x} 2000', 'not in one zone'),
            (f'{start:x} 0', 'size is 0'),
            (f'{start:x} 1000 -t a,b', '"a,b"')):
        assert reason in clean.fails(f'pfa reserve {words}')
    assert state(clean) == before
    assert clean.ok(f'pfa free {middle:x}') == f'freed 20K at {middle:x}'


def test_map(clean):
    """The picture agrees with the list, and zooms

    Proves: CPFA-025 CLI-011
    """
    start, size = zone(clean)
    clean.ok(f'pfa reserve {start:x} 100000')
    clean.ok(f'pfa reserve {start + 0x200000:x} 1000')
    rows = clean.json('pfa map -z 64K -j')
    picture = ''.join(row['map'] for row in rows)
    assert len(picture) == size >> 16
    assert picture.startswith('#' * 16 + '.' * 16 + '+.')
    assert picture.endswith('R')
    frames = ''.join(row['map'] for row in clean.json('pfa map -z 4K -j'))
    assert frames.count('#') == 257 and len(frames) == size >> 12
    text = clean.ok('pfa map').split('\n')
    assert len(text) <= 20 and all(len(line) <= 80 for line in text)
    assert text[0].startswith(f'{start:010x} #')
    for word in ('0', '1001', '2G', 'x'):
        assert f'"{word}"' in clean.fails(f'pfa map -z {word}')


def test_check_and_test(clean):
    """Every invariant holds, also after random operations

    Proves: CPFA-026
    """
    assert re.fullmatch(r'ok: 1 zone, \d+ frames, 0 allocations',
                        clean.ok('pfa check'))
    clean.ok('pfa alloc 5000 -t mine')
    before = state(clean)
    text = clean.ok('pfa test 400 7').split('\n')[-2:]
    assert text[0] == '1024 operations of seed 7: ok'
    assert re.fullmatch(r'\d+ allocated, \d+ freed, \d+ duly refused', text[1])
    assert clean.ok('pfa test 400 7').split('\n')[-2:] == text
    assert state(clean) == before
    assert '1 allocation' in clean.ok('pfa check')
    for words in ('0', 'x', '100000000', '1 z'):
        clean.fails(f'pfa test {words}')


def test_test_of_no_memory(clean):
    """A test that has not allocated anything has not passed

    Proves: CPFA-026
    """
    clean.ok('pfa trim')
    assert 'no memory to test with' in clean.fails('pfa test')
    clean.ok('pfa grow 8M; pfa test')


def test_test_fits_the_console(clean):
    """At most 80 columns, whatever the seed

    Proves: CLI-012
    """
    text = clean.ok('pfa test 1000 ffffffffffffffff')
    assert max(map(len, text.split('\n'))) <= 80


def test_tag_or_none(clean):
    """What has no tag has none in JSON, and nobody is called -

    Proves: PFA-015 CPFA-010
    """
    assert 'bad tag "-"' in clean.fails('pfa alloc 1000 -t -')
    clean.ok('pfa alloc 1000')
    assert [row['tag'] for row in clean.json('pfa list -j')] == ['']
    assert [row['tag'] for row in clean.json('pfa info -j')
            if 'tag' in row] == ['']
    assert re.search(r'user +4K +-$', clean.ok('pfa info'), re.M)


def test_fail(clean):
    """The n-th allocation from now fails, once, and nothing has changed

    Proves: CPFA-027
    """
    before = state(clean)
    clean.ok('pfa fail 1')
    assert 'made to fail' in clean.fails('pfa alloc 1000')
    assert state(clean) == before
    start = zone(clean)[0]
    clean.ok('pfa fail 1')
    assert 'made to fail' in clean.fails(f'pfa reserve {start:x} 1000')
    assert state(clean) == before
    # Without any zone a request grows; one that is made to fail does not
    clean.ok('pfa trim; pfa fail 1')
    assert 'made to fail' in clean.fails('pfa alloc 1000')
    assert info(clean)['zones'] == 0
    clean.ok('pfa grow 16M')
    before = state(clean)
    clean.ok('pfa fail 2')
    assert 'made to fail' in clean.fails('mmu map 6000000000 48000000 1000')
    assert state(clean) == before
    clean.ok('pfa fail 3; pfa fail off; pfa alloc 1000 -n 4; pfa free -a')
    assert state(clean) == before
    for word in ('0', 'x', '100000000'):
        assert f'"{word}"' in clean.fails(f'pfa fail {word}')


def test_bench(clean):
    """What an operation costs, one line a workload; the PFA is not touched

    Proves: CPFA-028
    """
    before = state(clean)
    with clean.raw.temporary_timeout(120000):
        text = clean.ok('pfa bench')
    for name in ('hot', 'free_random', 'mixed50', 'mixed95', 'bulk'):
        assert re.search(rf'^{name} +\d+ \w+ .* ns$', text, re.M), name
    assert state(clean) == before
