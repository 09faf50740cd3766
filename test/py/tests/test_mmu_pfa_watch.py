# SPDX-License-Identifier: GPL-2.0+
"""Who reads, writes or executes some bytes: mmu watch"""

import json
import os
import random
import re

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611
from mmu_pfa_helper import boot_tables
from test_mmu_pfa_fault import code_addresses, functions

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# QEMU virt with 1 GiB: mapped, but nothing there; free for use; RAM
NOTHING = 0x90000000
HOLE = 0x5000000000
RAM = 0x48000000
PAGE = 0x1000

# Adds 5 to 1 in a subroutine, by all kinds of instructions that depend on
# where they are, and returns 15; the subroutine is at SUB
CODE = ('a9bf7bfd d28000a9 d2800003 94000011 f1000529 54ffffc1 10000204 '
        '180001e5 b9400086 6b0600bf 540000a1 98000167 b6f80067 10000068 '
        'd61f0100 d2801323 b4ffffe3 aa0303e0 a8c17bfd d65f03c0 8b090063 '
        'd65f03c0 87654321').split()
SUB = 0x50

# Increments the word at RAM by ldxr and stxr until that succeeds
EXCLUSIVE = 'd2a90001 885f7c20 11000400 88027c20 35ffffa2 d65f03c0'.split()


@pytest.fixture
def watch(con):
    """U-Boot without watches, before and after; and the map as it was"""
    con.ok('mmu watch del all')
    before = the_map(con)
    yield con
    con.ok('mmu watch del all')
    assert the_map(con) == before


def the_map(con):
    """What is mapped; U-Boot's own tables by checksum, others by number

    The others hang below U-Boot's, so that a split shows.
    """
    rows = con.json('mmu info -j')
    root = [int(row['root'], 16) for row in rows if 'root' in row]
    return (con.ok(f'crc32 {root[0]:x} {boot_tables(con):x}'),
            con.json('mmu dump -j'),
            [(row['tables'], row['now']) for row in rows if 'tables' in row])


def hits(con):
    """What the log holds"""
    return con.json('mmu watch log -j')


def new_hits(con, cmd, ok=True):
    """Run a command that succeeds; return its text and the hits in it"""
    before = hits(con)
    text = con.ok(cmd) if ok else con.run(cmd)[0]
    last = int(before[-1]['n'], 16) if before else 0
    return text, [hit for hit in hits(con) if int(hit['n'], 16) > last]


def put(con, addr, words):
    for i, word in enumerate(words):
        con.ok(f'mw.l {addr + 4 * i:x} {word}')


def in_uboot(con, addr):
    start = re.search(r'relocaddr\s+= 0x([0-9a-f]+)', con.ok('bdinfo'))
    return 0 <= int(addr, 16) - int(start.group(1), 16) < 1 << 21


def test_who_scribbles(watch):
    """A buffer of the PFA is watched; what writes to it is named, each time

    Proves: FLT-070 FLT-071 CMMU-097
    """
    watch.ok('pfa alloc 1000 buf')
    buf = int(watch.env('buf'), 16)
    text = watch.ok('mmu watch $buf 1000 w')
    assert text.startswith(f'watch 1: w of 4K at {buf:x}  +')
    text = watch.ok(f'mw.l {buf + 0x10:x} cafef00d')
    lines = text.split('\n')
    assert lines[0] == f'watch 1: write 4 at {buf + 0x10:x} = cafef00d'
    assert re.match(r'  pc [0-9a-f]+ \(link [0-9a-f]+\)', lines[1])
    assert all(len(line) <= 80 for line in lines) and len(lines) <= 3
    text = watch.ok(f'mw.b {buf + 0x13:x} 7')
    assert text.startswith(f'watch 1: write 1 at {buf + 0x13:x} = 07\n')
    assert watch.ok('echo nothing') == 'nothing'
    assert f'{buf + 0x10:08x}: 07fef00d' in watch.ok(f'md.l {buf:x} 8')
    rows = hits(watch)[-2:]
    assert [(row['watch'], row['access'], row['size'], row['values'])
            for row in rows] == [(1, 'w', 4, ['0xcafef00d']),
                                 (1, 'w', 1, ['0x7'])]
    for row in rows:
        assert in_uboot(watch, row['pc']) and in_uboot(watch, row['lr'])
    assert 'is watched; mmu watch del 1' in watch.fails('pfa free $buf')
    assert watch.env('buf') and 'is watched' in watch.fails('pfa free $buf -f')
    watch.ok('mmu watch del 1')
    watch.ok('pfa free $buf')


@pytest.mark.buildconfigspec('mmu_pfa_symbols')
def test_names_functions(watch):
    """Of the pc and lr of a hit: the function that is there, also in the log

    Proves: FLT-133 FLT-170
    """
    names = functions(watch)
    watch.ok(f'mmu watch {RAM:x} 8 rw')
    for cmd in (f'mw.q {RAM:x} 1', f'md.b {RAM:x} 1', f'crc32 {RAM:x} 1',
                f'cmp.b {RAM:x} {RAM + 8:x} 1'):
        text = watch.run(cmd)[0]
        code = code_addresses(text)
        assert list(code) == ['pc', 'lr'], text
        row = hits(watch)[-1]
        for reg, (addr, link, function) in code.items():
            name, offset = function.split('+')
            start = link - int(offset, 16)
            assert any(known.startswith(name) for known in names[start])
            assert not any(start < other <= link for other in names)
            assert row[reg] == f'0x{addr:x}'
            assert row[f'{reg}_link'] == f'0x{link:x}'
            known, _, at = row[f'{reg}_function'].partition('+')
            assert known.startswith(name) and at == offset
        log = watch.ok('mmu watch log').split('\n')[-1]
        assert log.endswith(f'  {code["pc"][2]}') and len(log) <= 80


@pytest.mark.parametrize('width, size', [('b', 1), ('w', 2), ('l', 4),
                                         ('q', 8)])
def test_width_and_value(watch, width, size):
    """Size and value of each width, of writes and of reads

    Proves: FLT-071
    """
    value = 0x1122334455667788 & (1 << 8 * size) - 1
    watch.ok(f'mmu watch {RAM:x} 20 rw')
    _, rows = new_hits(watch, f'mw.{width} {RAM:x} {value:x} 2')
    assert [(row['addr'], row['size'], row['values']) for row in rows] == [
        (f'0x{RAM + i * size:x}', size, [f'0x{value:x}']) for i in range(2)]
    _, rows = new_hits(watch, f'md.{width} {RAM:x} 2')
    assert [(row['access'], row['addr'], row['values']) for row in rows] == [
        ('r', f'0x{RAM + i * size:x}', [f'0x{value:x}']) for i in range(2)]


def test_only_the_bytes_that_are_watched(watch):
    """Others of the page pass, and so does the access that is not meant

    Proves: FLT-072
    """
    watch.ok(f'mmu watch {RAM + 0x104:x} 4 w')
    _, rows = new_hits(watch, f'mw.b {RAM:x} 5a 200')
    assert [int(row['addr'], 16) - RAM for row in rows] == [
        0x104, 0x105, 0x106, 0x107]
    _, rows = new_hits(watch, f'crc32 {RAM:x} 200')
    assert not rows
    watch.ok('mmu watch del 1')
    watch.ok(f'mmu watch {RAM + 0x104:x} 4 r')
    _, rows = new_hits(watch, f'mw.b {RAM:x} 5b 200')
    assert not rows
    _, rows = new_hits(watch, f'crc32 {RAM:x} 200')
    assert [int(row['addr'], 16) - RAM for row in rows] == [
        0x104, 0x105, 0x106, 0x107]
    assert all(row['values'] == ['0x5b'] for row in rows)


def test_across_pages(watch):
    """One access that reaches into two pages, both watched, is one hit

    Proves: FLT-073
    """
    at = RAM + PAGE - 4
    watch.ok(f'mmu watch {at:x} 8 rw')
    _, rows = new_hits(watch, f'mw.q {at:x} 1122334455667788')
    assert [(row['addr'], row['size'], row['values']) for row in rows] == [
        (f'0x{at:x}', 8, ['0x1122334455667788'])]
    text, rows = new_hits(watch, f'md.q {at:x} 1')
    assert '1122334455667788' in text and len(rows) == 1
    watch.ok('mmu watch del 1')
    assert '1122334455667788' in watch.ok(f'md.q {at:x} 1')


def test_executing(watch):
    """Code runs the same while it is watched, and each pass is a hit

    Proves: FLT-074
    """
    put(watch, RAM, CODE)
    watch.ok(f'mmu watch {RAM + SUB:x} 4 x')
    text, rows = new_hits(watch, f'go {RAM:x}', False)
    assert 'rc = 0xF' in text
    assert [(row['access'], row['pc'], row['lr']) for row in rows] == 5 * [
        ('x', f'0x{RAM + SUB:x}', f'0x{RAM + 0x10:x}')]
    # What is not U-Boot's is in none of its functions
    assert {rows[0][name] for name in ('pc_link', 'pc_function', 'lr_link',
                                       'lr_function')} == {None}
    assert f'watch 1: exec x 5 at {RAM + SUB:x}-{RAM + SUB + 4:x}' in text
    watch.ok('mmu watch del 1')
    # Literals that it reads out of its own page
    watch.ok(f'mmu watch {RAM + 0x58:x} 4 rw')
    watch.ok(f'mmu watch {RAM:x} 4 x')
    text, rows = new_hits(watch, f'go {RAM:x}', False)
    assert 'rc = 0xF' in text
    assert [(row['access'], row['values']) for row in rows] == [
        ('x', [])] + 3 * [('r', ['0x87654321'])]


def test_exclusive_accesses(watch):
    """They can't succeed one instruction at a time, and are let through

    Proves: FLT-075 FLT-155
    """
    put(watch, RAM + PAGE, EXCLUSIVE)
    watch.ok(f'mw.l {RAM:x} 41')
    watch.ok(f'mmu watch {RAM:x} 4 rw')
    text, _ = watch.run(f'go {RAM + PAGE:x}')
    told = f'watch: page {RAM:x} is not watched any more\n' \
        f'  exclusive accesses at {RAM + PAGE + 4:x}'
    assert told in text
    assert 'rc = 0x42' in text
    text, rows = new_hits(watch, f'md.l {RAM:x} 1')
    assert '00000042' in text and not rows
    # Arming another one leaves this one as it is
    watch.ok(f'mmu watch {RAM + 4 * PAGE:x} 4 rw')
    watch.ok('mmu watch rearm 2')
    assert [row['open'] for row in watch.json('mmu watch list -j')] == [
        '0x1', '0x0']
    assert ', 1 page open\n' in watch.ok('mmu watch list')
    # It is said again where it happens again, by the same code
    watch.ok('mmu watch del 1')
    watch.ok(f'mmu watch {RAM:x} 4 rw')
    assert watch.json('mmu watch list -j')[0]['open'] == '0x0'
    assert told in watch.run(f'go {RAM + PAGE:x}')[0]
    watch.ok('mmu watch rearm')
    assert watch.json('mmu watch list -j')[0]['open'] == '0x0'
    assert len(new_hits(watch, f'md.l {RAM:x} 1')[1]) == 1


def test_instruction_that_stays_in_its_place(watch):
    """One that can't be executed out of line is where it is, which is told

    Proves: FLT-171
    """
    # ldr d0, .+12; ret
    put(watch, RAM, ('5c000060', 'd65f03c0'))
    watch.ok(f'mmu watch {RAM:x} 20 x')
    text, rows = new_hits(watch, f'go {RAM:x}', False)
    assert 'Application terminated' in text
    assert [(row['access'], row['addr']) for row in rows] == [
        ('x', f'0x{RAM:x}')]
    assert text.endswith(
        f'watch: page {RAM:x} is not watched any more\n'
        f"  the instruction at {RAM:x} can't be executed out of line")
    assert watch.json('mmu watch list -j')[0]['open'] == '0x1'


def report(con, cmd):
    """Run a command that faults; return what it says, less walk and hint"""
    text, status = con.run(cmd)
    assert status == 1 and 'watch ' not in text.split('hint: ')[0]
    return [line for line in text.split('\n') if line.startswith('fault: ') or
            re.match(r'  (pa|pc|lr) ', line)]


@pytest.mark.parametrize('cmd, target', [
    (f'md.l {NOTHING:x} 1', f'pa {NOTHING:x} rw,x,wb'),
    (f'mw.l {NOTHING:x} 1', f'pa {NOTHING:x} rw,x,wb'),
    (f'mw.l {HOLE:x} 1', f'pa {RAM:x} ro,nx,wb'),
    (f'go {HOLE:x}', f'pa {RAM:x} ro,nx,wb'),
])
def test_true_faults_in_a_watched_page(watch, cmd, target):
    """They are reported as ever: what the page forbids, and what is not there

    Proves: FLT-076
    """
    watch.ok(f'mmu map {HOLE:x} {RAM:x} 1000 ro')
    plain = report(watch, cmd)
    assert plain[1].startswith(f'  {target}')
    before = hits(watch)
    for access in ('r', 'w', 'x', 'rwx'):
        watch.ok(f'mmu watch {cmd.split()[1]} 4 {access}')
        watched = report(watch, cmd)
        # At a page instead of a block
        assert re.sub(' L[0-3] ', ' ', watched[0]) == \
            re.sub(' L[0-3] ', ' ', plain[0])
        assert watched[1] == plain[1].replace(target, f'{target}, watched')
        assert watched[2:] == plain[2:]
        assert watch.json('mmu fault last -j')[0]['watched']
        # What failed has hit nothing
        assert hits(watch) == before
        assert watch.json('mmu watch list -j')[0]['hits'] == '0x0'
        watch.ok('mmu watch del 1')
    assert report(watch, cmd) == plain
    assert not watch.json('mmu fault last -j')[0]['watched']
    watch.ok(f'mmu unmap {HOLE:x} 1000')


@pytest.mark.parametrize('access, fault', [
    ('rw', 'fault 07 (unmapped L3)'), ('w', f'pa {RAM:x}'),
    ('x', f'pa {RAM:x}')])
def test_what_is_watched_is_shown_as_it_is(watch, access, fault):
    """walk, dump and check tell what the page allows, and that it is watched

    Proves: CMMU-113 CLI-012
    """
    def writable_exec():
        return int(re.search(r'(\d+) regions? W\+X',
                             watch.ok('mmu dump')).group(1))

    plain, = watch.json(f'mmu dump {RAM:x} 1000 -j')
    assert not plain['watched']
    watch.ok(f'mmu watch {RAM:x} 4 {access}')
    row, = watch.json(f'mmu dump {RAM:x} 1000 -j')
    assert row['watched'] and row['attrs'] == plain['attrs']
    assert row['who'] == plain['who'] and row['pa'] == f'0x{RAM:x}'
    text = watch.ok(f'mmu dump {RAM:x} 1000').split('\n')
    assert text[2].split()[1:] == ['4K', '=', 'L3', 'rwx!', 'wb', 'ish',
                                   'dram,', 'watched']
    assert watch.ok(f'mmu dump {RAM:x} 1000 -r').split('\n')[1].endswith(
        ', watched')
    assert watch.json(f'mmu dump {RAM:x} 1000 none -j') == []
    assert len(watch.json(f'mmu dump {RAM:x} 1000 wx -j')) == 1
    verdict = json.loads(watch.run('mmu check wx -j')[0].split('\n')[0])
    assert verdict['n'] == writable_exec()
    # A command's access goes on, so the walk ends in a mapping
    walk = watch.ok(f'mmu walk {RAM + 4:x} pa').split('\n')
    assert watch.env('pa') == f'{RAM + 4:x}'
    assert walk[4].endswith('  page')
    assert walk[5:7] == [f'  4K {RAM:x} -> {RAM:x} {plain["attrs"]}, watched',
                         '  no 2M block: split for a watch']
    assert walk[7].startswith(f'  hardware: {fault[:8]}')
    assert walk[7].endswith(', agrees')
    last = watch.json(f'mmu walk {RAM:x} -j')[3:]
    assert last[0]['kind'] == 'page'
    assert last[1]['watched'] and last[1]['attrs'] == plain['attrs']
    assert last[1]['larger'] == 'no 2M block: split for a watch'
    beside = watch.json(f'mmu walk {RAM + PAGE:x} -j')[4]
    assert not beside['watched'] and 'split for a watch' in beside['larger']
    assert watch.ok(f'mmu v2p {RAM + 8:x}') == f'{RAM + 8:x}'
    assert watch.ok(f'mmu p2v {RAM + 8:x}') == f'{RAM + 8:x} {plain["attrs"]}'
    watch.ok('setenv pa')


def test_the_name_of_what_is_watched_is_cut(watch):
    """The longest name of an owner is cut for it, not the line

    Proves: CMMU-113 CLI-012
    """
    watch.ok('pfa alloc 1000 -t abcdefghijklmno buf')
    watch.ok('mmu watch $buf 4')
    assert watch.ok('mmu dump $buf 1000').split('\n')[2].endswith(
        'pfa abcdef, watched')
    watch.ok('mmu watch del 1; pfa free $buf; setenv buf')


def test_stops_after_hits(watch):
    """After so many hits it stops, says so, and can be armed again

    Proves: FLT-077 CMMU-098
    """
    watch.ok(f'mmu watch {RAM:x} 4 w -n 10')
    assert watch.json('mmu watch list -j')[0]['limit'] == '0x10'
    watch.ok('mmu watch del 1')
    watch.ok(f'mmu watch {RAM:x} 2000 w -n 3')
    text, rows = new_hits(watch, f'mw.l {RAM:x} 1 10')
    assert len(rows) == 3
    assert text.endswith('watch 1 has stopped after 3 hits')
    assert watch.json('mmu watch list -j') == [
        {'watch': 1, 'va': f'0x{RAM:x}', 'size': '0x2000', 'access': 'w',
         'hits': '0x3', 'limit': '0x3', 'active': False,
         'open': '0x0'}]
    assert '3 of 3, stopped' in watch.ok('mmu watch')
    assert not new_hits(watch, f'mw.l {RAM + PAGE:x} 1 10')[1]
    watch.ok('mmu watch rearm 1')
    assert len(new_hits(watch, f'mw.l {RAM + PAGE:x} 1 10')[1]) == 3


def test_several_watches(watch):
    """Each has its own bytes, also in one page; the others stay

    Proves: FLT-072 CMMU-098
    """
    watch.ok(f'mmu watch {RAM:x} 4 w')
    watch.ok(f'mmu watch {RAM + 2:x} 4 rw')
    watch.ok(f'mmu watch {RAM + PAGE - 1:x} 2 w')
    _, rows = new_hits(watch, f'mw.b {RAM:x} 1 8')
    assert [row['watch'] for row in rows] == [1, 1, 1, 2, 1, 2, 2, 2]
    watch.ok('mmu watch del 1')
    _, rows = new_hits(watch, f'mw.b {RAM:x} 2 8')
    assert [row['watch'] for row in rows] == 4 * [2]
    _, rows = new_hits(watch, f'mw.b {RAM + PAGE - 4:x} 2 8')
    assert [row['watch'] for row in rows] == 2 * [3]
    assert len(watch.json('mmu watch list -j')) == 2


def test_what_was_split_by_hand_stays_split(watch):
    """Deleted, a watch leaves nothing; what the user split it leaves

    Proves: FLT-078
    """
    watch.ok(f'mmu watch {RAM:x} 4 w')
    watch.ok(f'mmu split {RAM + 8 * PAGE:x}')
    watch.ok('mmu watch del all')
    split = the_map(watch)
    watch.ok(f'mmu watch {RAM:x} 4 w')
    watch.ok('mmu watch del all')
    assert the_map(watch) == split
    assert 'page' in watch.ok(f'mmu walk {RAM:x}')
    watch.ok(f'mmu merge {RAM:x}')


@pytest.mark.parametrize('line, reason', [
    ('mmu watch {stack:x} 4', "holds U-Boot's stack"),
    ('mmu watch {image:x} 4', "holds U-Boot's code"),
    ('mmu watch {image:x} 4 -f', "holds U-Boot's code"),
    ('mmu watch {tables:x} 8 r -f', "holds U-Boot's translation tables"),
    ('mmu watch 9000000 1', "holds the console's registers"),
    ('mmu watch {heap:x} 8', "heap; -f insists"),
    ('mmu watch 4020000000 4', '4020000000 is not mapped'),
    ('mmu watch 48000000 0', 'size is 0'),
    ('mmu watch fffffffffffffff0 20', 'wraps around'),
    ('mmu watch 10000000000 4', 'beyond the 40-bit'),
    ('mmu watch 48000000 4x', 'bad size'),
    ('mmu watch 480z0000 4', 'bad address'),
    ('mmu watch 48000000 4 rq', 'bad access "rq"'),
    ('mmu watch 48000000 4 rr', 'bad access "rr"'),
    ('mmu watch 48000000 4 -n 0', 'bad number of hits "0"'),
    ('mmu watch 48000000 4 -n x', 'bad number of hits "x"'),
    ('mmu watch del 3', 'there is no watch "3"'),
    ('mmu watch del x', 'there is no watch "x"'),
    ('mmu watch rearm 9', 'there is no watch "9"'),
])
def test_refused(watch, line, reason):
    """What U-Boot stands on and what makes no sense is refused, with a reason

    Proves: CMMU-099 CLI-009
    """
    info = watch.ok('bdinfo')
    places = {name: int(re.search(rf'{key}\s+= 0x([0-9a-f]+)', info).group(1),
                        16)
              for name, key in (('stack', 'sp start'), ('image', 'relocaddr'),
                                ('tables', 'TLB addr'))}
    places['stack'] -= 0x1000
    places['heap'] = places['image'] - 0x100000
    assert reason in watch.fails(line.format(**places))


def test_no_access_to_watch(watch):
    """What none took the access from is mapped, but there is nothing to see

    Proves: CMMU-099
    """
    watch.ok(f'mmu map {HOLE:x} {RAM:x} 1000 none')
    assert watch.fails(f'mmu watch {HOLE:x} 4') == \
        f'mmu watch: {HOLE:x} is mapped without access: nothing can touch it'
    watch.ok(f'mmu unmap {HOLE:x} 1000')


def test_changes_of_what_is_watched_are_refused(watch):
    """Nothing else may change the map there until the watch is gone

    Proves: CMMU-099
    """
    watch.ok(f'mmu watch {RAM + 0xff8:x} 10 w')
    for line in (f'mmu unmap {RAM:x} 1000', f'mmu unmap {RAM:x} 1G -f',
                 f'mmu protect {RAM + PAGE:x} 1000 rw',
                 f'mmu split {RAM:x}', f'mmu merge {RAM:x} 2000',
                 f'mmu map {RAM:x} {RAM:x} 1000 -f'):
        text = watch.fails(line)
        assert 'is watched; mmu watch del 1' in text or 'holds' in text
    slot = re.search(r'(\w+)-\w+ +4K \w+ +L3 +r-x', watch.ok('mmu dump'))
    for line in (f'mmu unmap {slot.group(1)} 1000',
                 f'mmu watch {slot.group(1)} 4 x'):
        assert 'holds the code of the watches' in watch.fails(line)
    # A table there would be out of reach when the watch is armed again
    watch.ok(f'mmu watch {RAM + 0x100000:x} 4 w -n 1')
    watch.ok(f'mw.l {RAM + 0x100000:x} 1')
    assert 'mapped' in watch.fails(f'pfa add {RAM + 0x100000:x} 100000')
    watch.ok('mmu watch del 2')
    for i in range(2, 9):
        watch.ok(f'mmu watch {RAM + i * PAGE:x} 4')
    assert 'there are 8 watches' in watch.fails(f'mmu watch {RAM:x} 4')


def test_usage(con):
    """Wrong syntax prints the usage

    Proves: CLI-008
    """
    for line in ('mmu watch 48000000', 'mmu watch del', 'mmu watch del 1 2',
                 'mmu watch list foo', 'mmu watch log x', 'mmu watch log x -j',
                 'mmu watch list 4 w', 'mmu watch rearm 1 2',
                 'mmu watch 48000000 4 w x', 'mmu watch list -n 3',
                 'mmu watch 48000000 4 -j', 'mmu watch 48000000 4 -n'):
        con.usage(line)


def test_reset_forgets(watch):
    """mmu reset brings the map back, and there are no watches any more

    Proves: FLT-079
    """
    before = the_map(watch)
    watch.ok(f'mmu watch {RAM:x} 2000')
    watch.ok('mmu reset')
    assert watch.json('mmu watch list -j') == []
    assert the_map(watch) == before
    assert not new_hits(watch, f'mw.l {RAM:x} 1')[1]
    watch.ok(f'mmu watch {RAM:x} 4')
    assert len(new_hits(watch, f'mw.l {RAM:x} 1')[1]) == 1


@pytest.mark.buildconfigspec('cmd_bootefi_hello')
def test_handing_over_forgets(efi):
    """An EFI application finds no watch, and neither does the prompt after it

    Proves: FLT-079
    """
    efi.ok(f'mmu watch {RAM:x} 2000')
    efi.ok('mmu guard stack on')
    efi.ok('mmu guard null on')
    assert 'Hello, world!' in efi.run('bootefi hello')[0]
    assert efi.json('mmu watch list -j') == []
    assert ' on ' not in efi.ok('mmu guard')
    efi.ok(f'mmu watch {RAM:x} 4')
    assert len(new_hits(efi, f'mw.l {RAM:x} 1')[1]) == 1


def test_a_driver_that_is_watched_works(watch):
    """Data that virtio disk and file system move through what is watched

    Proves: FLT-080
    """
    disk = f'{watch.raw.config.persistent_data_dir}/disk/pattern.bin'
    if not os.path.exists(disk):
        pytest.skip(f'no {disk}')
    watch.ok('virtio scan')
    watch.ok(f'load virtio 0:1 {RAM:x} pattern.bin')
    crc = watch.ok(f'crc32 {RAM:x} $filesize').split()[-1]
    watch.ok(f'mw.b {RAM:x} 0 $filesize')
    watch.ok(f'mmu watch {RAM:x} 100000 rw')
    with watch.raw.temporary_timeout(120000):
        # The end of the file goes through a buffer of the file system
        assert new_hits(watch, f'load virtio 0:1 {RAM:x} pattern.bin')[1]
        watch.ok('mmu watch del 1')
        assert watch.ok(f'crc32 {RAM:x} $filesize').split()[-1] == crc
        # Rings and requests of the driver are in the heap
        image = int(re.search(r'relocaddr\s+= 0x([0-9a-f]+)',
                              watch.ok('bdinfo')).group(1), 16)
        # and so is what each command needs: a report follows every one
        for line in (f'mmu watch {image - 0x1040000:x} 1040000 rw -f',
                     f'mw.b {RAM:x} 0 $filesize',
                     f'load virtio 0:1 {RAM:x} pattern.bin',
                     'mmu watch del 1'):
            text = watch.raw.run_command(line)
    assert 'more hits: mmu watch log' in text
    assert watch.ok(f'crc32 {RAM:x} $filesize').split()[-1] == crc


def test_report_is_bounded(watch):
    """Many hits of many places: a few lines, the rest in the log

    Proves: CMMU-097
    """
    watch.ok(f'mmu watch {RAM:x} 1000 rw')
    text = watch.ok(f'mw.b {RAM:x} 1 80; cp.b {RAM:x} {RAM + 0x800:x} 100')
    text = text.split('\n')
    assert len(text) < 40 and all(len(line) <= 80 for line in text)
    text = watch.ok(f'mw.b {RAM:x} 1 1000')
    assert 'watch 1: write 1 x 128 at 48000f80-48001000' in text
    assert 'not kept: ' in text
    assert len(hits(watch)) == 128
    log = watch.ok('mmu watch log').split('\n')
    assert len(log) == 128 and all(len(line) <= 80 for line in log)
    assert re.fullmatch(r' *\d+ 1 w    1 at 0048000fff  pc [0-9a-f]{10}  01'
                        r'(  \S+\+[0-9a-f]+)?', log[-1])


@pytest.mark.buildconfigspec('ut_lib')
def test_cost(con):
    """What a hit costs, in instructions that the PMU counts, is bounded

    Proves: FLT-086
    """
    con.restart(qemu='-icount shift=0')
    text = con.ok('ut lib mmu_pfa_watch_cost')
    match = re.search(r'watch: (\d+) instructions a hit, (\d+) beside', text)
    assert match, text
    assert 500 < int(match.group(2)) <= int(match.group(1)) < 5000
    con.restart()


def expected(memory, watches, access, addr, size):
    """The hits of bytes accessed one by one"""
    return [(i + 1, addr + k)
            for k in range(size) for i, (start, length, kinds)
            in enumerate(watches)
            if access in kinds and start <= addr + k < start + length]


def test_random_use(watch):
    """Whatever runs over watched memory works, and hits are what they must be

    Proves: FLT-081
    """
    size = 3 * PAGE
    rand = random.Random(7)
    memory = bytearray(size)
    watch.ok(f'mw.b {RAM:x} 0 {size:x}')
    watches = []
    for _ in range(4):
        start = RAM + rand.randrange(size - 64)
        watches.append((start, rand.randrange(1, 64),
                        rand.choice(('r', 'w', 'rw'))))
        watch.ok('mmu watch %x %x %s' % watches[-1])
    for _ in range(40):
        length = rand.randrange(1, 120)
        at = rand.randrange(size - length)
        to = rand.randrange(size - length)
        kind = rand.choice(('mw', 'mw', 'cp', 'crc', 'cmp'))
        if kind == 'mw':
            value = rand.randrange(256)
            _, rows = new_hits(watch,
                               f'mw.b {RAM + at:x} {value:x} {length:x}')
            memory[at:at + length] = bytes([value]) * length
            want = expected(memory, watches, 'w', RAM + at, length)
        elif kind == 'crc':
            _, rows = new_hits(watch, f'crc32 {RAM + at:x} {length:x}')
            want = expected(memory, watches, 'r', RAM + at, length)
        elif kind == 'cp':
            watch.ok(f'cp.b {RAM + at:x} {RAM + to:x} {length:x}')
            memory[to:to + length] = memory[at:at + length]
            continue
        else:
            same = memory[at:at + length] == memory[to:to + length]
            status = watch.run(
                f'cmp.b {RAM + at:x} {RAM + to:x} {length:x}')[1]
            assert (status == 0) == same
            continue
        assert [(row['watch'], int(row['addr'], 16)) for row in rows] == \
            want[-128:]
    watch.ok('mmu watch del all')
    watch.ok(f'mw.b {RAM + size:x} 0 {size:x}')
    for i in range(0, size, 8):
        value = int.from_bytes(memory[i:i + 8], 'little')
        if value:
            watch.ok(f'mw.q {RAM + size + i:x} {value:x}')
    watch.ok(f'cmp.b {RAM:x} {RAM + size:x} {size:x}')
