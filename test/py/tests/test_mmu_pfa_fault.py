# SPDX-License-Identifier: GPL-2.0+
"""A bad access costs its command, not the board"""

import os
import re
import struct
import time
import zlib

import pytest

from mmu_pfa_helper import con, efi, fresh  # pylint: disable=W0611
from mmu_pfa_qemu import Qemu

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# QEMU virt with 1 GiB: not mapped; mapped, but nothing there; free for use
UNMAPPED = 0x4020000000
NOTHING = 0x90000000
HOLE = 0x5000000000
RAM = 0x48000000
WFI = 0xd503207f

# Of each part that takes part in the handling of a fault: vectors, decision,
# stacks, records; tables, watches and their slot; the window
HANDLER = ('mmu_pfa_vectors', 'vectors', 'catch_fault', 'catch_note',
           'fault_decode', 'mmu_pfa_report', 'mmu_pfa_catch_gd', 'catch_save',
           'pgtable_walk', 'pgtable_set_leaf', 'lend_take', 'live_pgtable',
           'watch_fault', 'a64_access', 'a64_displace', 'slot_page', 'records',
           'mmu_pfa_window_stub', 'window_replace', 'alias_l2', 'alias_l3',
           'memcpy', 'memset', '__asm_switch_ttbr')

# Any address will do
ANY = object()


def faults(con, cmd):
    """Run a command that faults; return the report and the record"""
    before = last(con)
    text, status = con.run(cmd)
    assert status == 1, text
    record = last(con)
    report = text[text.find('fault: '):].split('\n')
    assert len(report) <= 8 and all(len(line) <= 80 for line in report), text
    assert record and (not before or
                       int(record['n'], 16) > int(before['n'], 16)), text
    return text, record


def last(con):
    rows = con.json('mmu fault last -j')
    return rows[0] if rows else None


@pytest.fixture
def pages(con):
    """A read-only page and one without access, at HOLE"""
    con.ok(f'mmu map {HOLE:x} {RAM:x} 1000 ro')
    con.ok(f'mmu map {HOLE + 0x1000:x} {RAM:x} 1000 none')
    yield con
    con.ok(f'mmu unmap {HOLE:x} 2000')


@pytest.mark.parametrize('cmd, kind, access, addr', [
    (f'md {UNMAPPED:x} 1', 'unmapped', 'read', UNMAPPED),
    (f'md.b {UNMAPPED + 5:x} 1', 'unmapped', 'read', UNMAPPED + 5),
    (f'mw.l {UNMAPPED:x} 1', 'unmapped', 'write', UNMAPPED),
    (f'cp.b {RAM:x} {UNMAPPED:x} 10', 'unmapped', 'write', UNMAPPED),
    (f'cmp.l {RAM:x} {UNMAPPED:x} 1', 'unmapped', 'read', UNMAPPED),
    (f'crc32 {UNMAPPED:x} 10', 'unmapped', 'read', UNMAPPED),
    ('md.q fffffffffffffff8 1', 'unmapped', 'read', 0xfffffffffffffff8),
    (f'md {NOTHING:x} 1', 'bus', 'read', NOTHING),
    (f'mw.l {NOTHING:x} 1', 'bus', 'write', NOTHING),
    ('exception undefined', 'undef', 'exec', None),
    ('exception breakpoint', 'break', 'exec', None),
    ('exception unaligned', 'align', 'read', ANY),
    (f'mw.l {HOLE:x} 1', 'write-perm', 'write', HOLE),
    (f'go {HOLE:x}', 'exec-perm', 'exec', HOLE),
    (f'md {HOLE + 0x1000:x} 1', 'no-access', 'read', HOLE + 0x1000),
    (f'go {UNMAPPED:x}', 'unmapped', 'exec', UNMAPPED),
    (f'go {NOTHING:x}', 'bus', 'exec', NOTHING),
    ('go 40000001', 'pc-align', 'exec', 0x40000001),
])
def test_kinds(pages, cmd, kind, access, addr):
    """Each kind is told apart, with access and address; the prompt is back

    Proves: FLT-003 FLT-007 FLT-010
    """
    text, record = faults(pages, cmd)
    assert (record['kind'], record['access']) == (kind, access)
    if addr is not ANY:
        assert record['addr'] == (None if addr is None else f'0x{addr:x}')
    assert 'fault: ' in text and kind in text
    assert pages.ok('echo alive') == 'alive'


def code_addresses(text):
    """What a report says of pc and lr: address, address as linked, name"""
    return {name: (int(addr, 16), int(link, 16), function)
            for name, addr, link, function in re.findall(
                r'  (pc|lr) ([0-9a-f]+) \(link ([0-9a-f]+)\)(?: (\S+))?',
                text)}


def test_report(con):
    """What, where, by whom and why, in lines that fit the console

    Proves: FLT-005 FLT-006 CLI-012
    """
    text, record = faults(con, f'md {UNMAPPED:x} 1')
    lines = text.split('\n')
    assert lines[0] == f'fault: read unmapped L2 at {UNMAPPED:x}   ' \
        f'esr {int(record["esr"], 16):x}'
    code = code_addresses('\n'.join(lines[1:-2]))
    assert list(code) == ['pc', 'lr']
    pc, link, _ = code['pc']
    off = re.search(r'relocaddr\s+= 0x([0-9a-f]+)', con.ok('bdinfo')).group(1)
    assert pc - link == int(off, 16)
    assert lines[-2] == '  L0[000]->L1[100]->L2[100] = 0000000000000000'
    assert lines[-1] == f'  hint: mmu map {UNMAPPED:x} {UNMAPPED:x} 1000 dev'
    assert all(len(line) <= 80 for line in lines) and len(lines) <= 8


def symbols(con):
    """Addresses of the image's symbols, as linked"""
    with open(f'{con.raw.config.build_dir}/System.map',
              encoding='utf-8') as names:
        return {name: int(addr, 16) for addr, _, name in
                (line.split() for line in names)}


def functions(con):
    """Names of the image's functions, by address"""
    names = {}
    with open(f'{con.raw.config.build_dir}/u-boot.sym',
              encoding='utf-8') as sym:
        for line in sym:
            match = re.match(r'([0-9a-f]{16}) .{7} '
                             r'\.(?:text|efi_runtime)\S*\t\S+ (?:\.hidden )?'
                             r'([^\s$.]\S*)', line)
            if match:
                names.setdefault(int(match.group(1), 16),
                                 []).append(match.group(2))
    return names


@pytest.mark.buildconfigspec('mmu_pfa_symbols')
def test_report_names_functions(con):
    """Of pc and lr: the function that is there in U-Boot's own list

    Proves: FLT-036
    """
    names = functions(con)
    for cmd in (f'md {UNMAPPED:x} 1', f'mw.b {UNMAPPED:x} 1', 'exception '
                'undefined', f'crc32 {UNMAPPED:x} 1', f'mmu peek {NOTHING:x}'):
        con.run(cmd)
        text = con.ok('mmu fault last')
        code = code_addresses(text)
        assert set(code) == {'pc', 'lr'}
        record = last(con)
        for reg, (_, link, function) in code.items():
            name, offset = function.split('+')
            start = link - int(offset, 16)
            assert any(known.startswith(name) for known in names[start])
            assert not any(start < other <= link for other in names)
            assert record[f'{reg}_link'] == f'0x{link:x}'
            known, _, at = record[f'{reg}_function'].partition('+')
            assert known.startswith(name) and at == offset
        assert all(len(line) <= 80 for line in text.split('\n'))
        line = con.ok('mmu fault log').split('\n')[-1]
        assert len(line) <= 80
        assert line.endswith('  guarded' if 'peek' in cmd else
                             f'  {code["pc"][2]}')


@pytest.mark.buildconfigspec('mmu_pfa_symbols')
def test_report_names_no_function(con):
    """What is executed behind the last function is in none

    Proves: FLT-162
    """
    relocaddr = int(re.search(r'relocaddr\s+= 0x([0-9a-f]+)',
                              con.ok('bdinfo')).group(1), 16)
    behind = (max(functions(con)) & ~0xfff) + 0x2000
    constants = relocaddr + behind
    con.ok(f'mmu protect {constants:x} 1000 nx -f')
    text, record = faults(con, f'go {constants:x}')
    assert record['kind'] == 'exec-perm'
    assert code_addresses(text)['pc'] == (constants, behind, '')
    assert record['pc_link'] == f'0x{behind:x}'
    assert record['pc_function'] is None
    log = con.ok('mmu fault log').split('\n')[-1]
    assert log.endswith(f'  pc {constants:x}')
    con.restart()


def test_report_says_whose(pages):
    """What is mapped there, how, and whose it is

    Proves: FLT-020
    """
    text, _ = faults(pages, f'mw.l {HOLE + 0x10:x} 1')
    assert text.split('\n')[1] == f'  pa {RAM + 0x10:x} ro,nx,wb   whose: dram'
    text, _ = faults(pages, f'md {HOLE + 0x1000:x} 1')
    assert text.split('\n')[1] == f'  pa {RAM:x} none,nx,wb   whose: dram'
    text, _ = faults(pages, f'md {NOTHING:x} 1')
    assert text.split('\n')[1] == f'  pa {NOTHING:x} rw,x,wb'
    pages.ok('mmu unmap 8000000 1000')
    text, _ = faults(pages, 'md 8000000 1')
    assert text.split('\n')[1].startswith('  not mapped; pa 8000000 is: intc')
    pages.ok('mmu map 8000000 8000000 1000 dev,nsh')
    pages.ok('mmu merge 8000000')


def test_hint_allows(pages):
    """The hint changes what forbids the access, and it is never both w and x

    Proves: FLT-021 FLT-022
    """
    text, _ = faults(pages, f'mw.l {HOLE:x} 1')
    hint = text.split('hint: ')[1]
    assert hint == f'mmu protect {HOLE:x} 1000 rw'
    pages.ok(hint)
    pages.ok(f'mw.l {HOLE:x} d65f03c0')
    text, _ = faults(pages, f'go {HOLE:x}')
    hint = text.split('hint: ')[1]
    assert hint == f'mmu protect {HOLE:x} 1000 ro,x'
    pages.ok(hint)
    # The instruction written above is a return
    assert 'Application terminated' in pages.run(f'go {HOLE:x}')[0]
    text, _ = faults(pages, f'mw.l {HOLE:x} 1')
    assert text.split('hint: ')[1] == f'mmu protect {HOLE:x} 1000 rw,nx'


def kept_by_lmb(con):
    """A page that LMB keeps for somebody who is not named"""
    for first in re.findall(r'reserved\[\d+\]\s+\[0x([0-9a-f]+)-',
                            con.ok('bdinfo')):
        page = (int(first, 16) + 0xfff) & ~0xfff
        if 'memory reserved in LMB' in con.run(f'mmu unmap {page:x} 1000')[0]:
            return page
    pytest.skip('nobody but U-Boot holds memory in LMB')


@pytest.fixture
def places(con):
    """Addresses by name, and the map as it was"""
    info = con.ok('bdinfo')
    at = {name: int(re.search(rf'{key}\s+= 0x([0-9a-f]+)', info).group(1), 16)
          for name, key in (('code', 'relocaddr'), ('tables', 'TLB addr'))}
    yield {'ram': f'{RAM:x}', 'more': f'{RAM + 8:x}', 'hole': f'{HOLE:x}',
           'code': f'{at["code"] + 0xfff & ~0xfff:x}',
           'heap': f'{at["code"] - 0x100000 & ~0xfff:x}',
           'tables': f'{at["tables"]:x}', 'lmb': f'{kept_by_lmb(con):x}'}
    con.ok('mmu reset')


@pytest.mark.parametrize('before, cmd, hint', [
    ('mmu unmap {ram} 1000', 'mw.l {ram} 1', 'mmu map {ram} {ram} 1000 wb'),
    ('mmu unmap {ram} 1000', 'go {ram}', 'mmu map {ram} {ram} 1000 ro,x'),
    ('mmu unmap 8000000 1000', 'md 8000000 1',
     'mmu map 8000000 8000000 1000 dev'),
    ('mmu unmap {lmb} 1000 -f', 'md {lmb} 1', 'mmu map {lmb} {lmb} 1000 ro'),
    ('mmu protect {ram} 1000 ro', 'mw.l {ram} 1',
     'mmu protect {ram} 1000 rw,nx'),
    ('mmu protect {ram} 1000 nx', 'go {ram}', 'mmu protect {ram} 1000 ro,x'),
    ('mmu protect {ram} 1000 none', 'md {ram} 1',
     'mmu protect {ram} 1000 rw,nx'),
    ('mmu map {hole} {ram} 1000 ro', 'mw.l {hole} 1',
     'mmu protect {hole} 1000 rw'),
    ('mmu map {hole} {tables} 1000 none', 'md {hole} 1',
     'mmu protect {hole} 1000 ro'),
    ('mmu protect {ram} 1000 ro; mmu watch {ram} 4 rw', 'mw.l {ram} 1',
     'mmu watch del 1; mmu protect {ram} 1000 rw,nx'),
    ('mmu protect {ram} 1000 ro; mmu watch {ram} 4; mmu watch {more} 4',
     'mw.l {ram} 1', 'mmu watch del all; mmu protect {ram} 1000 rw,nx'),
])
def test_hints_are_taken(con, places, before, cmd, hint):
    """The command of each kind of hint is not refused, and the access works

    Proves: FLT-006 FLT-021 FLT-022
    """
    con.ok('mw.l {ram} d65f03c0'.format(**places))
    con.ok(before.format(**places))
    text, _ = faults(con, cmd.format(**places))
    assert text.split('hint: ')[1] == hint.format(**places)
    con.ok(hint.format(**places))
    assert 'fault' not in con.run(cmd.format(**places))[0]


@pytest.mark.parametrize('before, cmd, what', [
    ('mmu map {hole} {tables} 1000 ro', 'mw.l {hole} 1',
     "pa {tables} holds U-Boot's translation tables: not to be written"),
    ('mmu map {hole} {code} 1000 ro', 'mw.l {hole} 1',
     "pa {code} holds U-Boot's code: not to be written"),
    ('mmu map {hole} {heap} 1000 none', 'mw.l {hole} 1',
     "pa {heap} holds U-Boot's heap: not to be written"),
    ('mmu unmap {lmb} 1000 -f', 'mw.l {lmb} 1',
     'pa {lmb} holds memory reserved in LMB: not to be written'),
])
def test_hint_where_no_command_is_taken(con, places, before, cmd, what):
    """What is not to be mapped writable is named, and no command is

    Proves: FLT-021 FLT-022
    """
    con.ok(before.format(**places))
    text, _ = faults(con, cmd.format(**places))
    assert text.split('hint: ')[1] == what.format(**places)


def test_hint_says_what_it_is(con):
    """NULL pointers, impossible addresses and U-Boot's own go by their name

    Proves: FLT-021 FLT-022
    """
    con.ok('mmu unmap 0 1000')
    text, _ = faults(con, 'md 18 1')
    assert text.endswith('hint: NULL pointer')
    con.ok('mmu map 0 0 1000 rw,x,wb -f; mmu merge 0')
    text, _ = faults(con, 'md.q fffffffffffffff8 1')
    assert text.endswith('hint: beyond the 40 bits of virtual addresses')


def test_log(con):
    """The last faults, oldest first

    Proves: FLT-023
    """
    con.ok('mmu fault clear')
    assert con.ok('mmu fault log') == 'no fault'
    assert con.json('mmu fault log -j') == []
    for i in range(20):
        con.run(f'md {UNMAPPED + 16 * i:x} 1')
    rows = con.json('mmu fault log -j')
    assert [int(row['addr'], 16) for row in rows] == \
        [UNMAPPED + 16 * i for i in range(4, 20)]
    numbers = [int(row['n'], 16) for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + 16))
    assert [step['level'] for step in rows[0]['walk']] == [0, 1, 2]
    assert rows[0]['walk'][1]['index'] == 0x100
    lines = con.ok('mmu fault log').split('\n')
    assert len(lines) == 16 and all(len(line) <= 80 for line in lines)
    assert lines[-1].split()[:5] == [str(numbers[-1]), 'read', 'unmapped',
                                     'L2', f'{UNMAPPED + 16 * 19:x}']


def test_hint_helps(con):
    """The command in the hint can be pasted, and the access then works

    Proves: FLT-006
    """
    con.ok(f'mmu unmap {RAM:x} 1000')
    text, _ = faults(con, f'md {RAM:x} 1')
    hint = text.split('hint: ')[1]
    assert hint == f'mmu map {RAM:x} {RAM:x} 1000 wb'
    con.ok(hint)
    con.ok(f'mw.l {RAM:x} 12345678')
    assert '12345678' in con.ok(f'md.l {RAM:x} 1')
    con.restart()


def test_scripts_go_on(con):
    """A fault is a failed command to everything that asks for the status

    Proves: FLT-004
    """
    bad = f'md {UNMAPPED:x} 1'
    assert con.ok(f'if {bad}; then echo yes; else echo no; fi').endswith('no')
    assert con.run(f'{bad} && echo and')[0].endswith('dev')
    assert con.ok(f'{bad} || echo or').endswith('or')
    assert con.ok(f'for i in 1 2; do {bad}; echo round $i; done'
                  ).endswith('round 2')
    con.ok(f"setenv both '{bad}; echo next'")
    assert con.ok('run both').endswith('next')
    con.ok(f"setenv bad '{bad}'; setenv deep run bad")
    assert con.run('run deep')[1] == 1
    con.ok('setenv both; setenv bad; setenv deep')


def put_script(con, addr, *lines):
    """Put a script into memory, in the image that source takes"""
    text = '\n'.join(lines).encode() + b'\n'
    data = struct.pack('>II', len(text), 0) + text
    # Linux, arm64, a script, not compressed
    fields = (len(data), 0, 0, zlib.crc32(data), 5, 22, 6, 0, b'script')
    header = struct.pack('>IIIIIIIBBBB32s', 0x27051956, 0, 0, *fields)
    header = struct.pack('>IIIIIIIBBBB32s', 0x27051956, zlib.crc32(header), 0,
                         *fields)
    image = header + data
    image += bytes(-len(image) % 8)
    for i in range(0, len(image), 64):
        con.ok('; '.join(
            f'mw.q {addr + at:x} '
            f'{int.from_bytes(image[at:at + 8], "little"):x}'
            for at in range(i, min(i + 64, len(image)), 8)))


@pytest.mark.buildconfigspec('cmd_source')
def test_source_goes_on(con):
    """So it does in a script that source runs, whatever it calls

    Proves: FLT-004
    """
    bad = f'md {UNMAPPED:x} 1'
    con.ok(f"setenv both '{bad}; echo next'")
    put_script(con, RAM, bad, 'echo status $?',
               f'if {bad}; then echo yes; else echo no; fi',
               f'{bad} && echo and', f'{bad} || echo or', 'run both',
               f'mmu try {bad}; echo tried $?', 'echo end')
    text = con.ok(f'source {RAM:x}')
    assert re.findall(r'^(?!fault|  |## )\S.*$', text, re.MULTILINE) == [
        'status 1', 'no', 'or', 'next', 'tried 1', 'end']
    assert text.count('fault: read unmapped') == 6
    con.ok('setenv both')


@pytest.mark.buildconfigspec('cmd_source')
@pytest.mark.parametrize('before, lines', [
    ('', ('mmu fault off', f'md {UNMAPPED:x} 1', 'echo still here')),
    ('mmu fault off; ', (f'md {UNMAPPED:x} 1', 'echo still here')),
])
def test_off_within_source(con, before, lines):
    """Off holds in a script that source runs, and for one that it runs later

    Proves: FLT-120
    """
    put_script(con, RAM, *lines)
    con.reset(f'{before}source {RAM:x}', '"Synchronous Abort" handler')
    assert 'caught' in con.ok('mmu fault')


def test_variables_and_record(con):
    """They keep the last fault until the next one, or until they are cleared

    Proves: FLT-008 CLI-011
    """
    faults(con, f'md {UNMAPPED:x} 1')
    assert con.env('fault_addr') == f'{UNMAPPED:x}'
    assert con.env('fault_kind') == 'unmapped'
    con.ok('echo something else')
    text, record = faults(con, f'mw.l {NOTHING:x} 1')
    assert con.env('fault_addr') == f'{NOTHING:x}'
    assert con.env('fault_kind') == 'bus'
    assert con.env('fault_pc') == record['pc'][2:]
    assert con.ok('mmu fault last') == text
    assert 'fault_addr' not in con.ok('printenv')
    con.ok('mmu fault clear')
    assert con.ok('mmu fault last') == 'no fault'
    assert last(con) is None
    assert con.env('fault_addr') is None and con.env('fault_kind') is None


def test_off_and_try(con):
    """Off, a fault is U-Boot's to report, and resets; try catches it

    Proves: FLT-009
    """
    con.ok('mmu fault off')
    assert 'fatal' in con.ok('mmu fault')
    text, status = con.run(f'mmu try md {UNMAPPED:x} 1')
    assert status == 1 and 'fault: read unmapped' in text
    assert con.ok('mmu try echo good') == 'good'
    con.reset(f'md {UNMAPPED:x} 1', '"Synchronous Abort" handler')
    assert 'caught' in con.ok('mmu fault')


def test_mmu_off(con):
    """No tables are told of where none were used

    Proves: FLT-121
    """
    con.ok('dcache off')
    try:
        text, record = faults(con, f'md {NOTHING:x} 1')
        wild, _ = faults(con, 'md.q fffffffffffffff8 1')
        unaligned, _ = faults(con, 'exception unaligned')
    finally:
        con.ok('dcache on')
    assert f'fault: read bus at {NOTHING:x} ' in text
    assert f'\n  MMU off: pa {NOTHING:x}' in text
    assert text.endswith('hint: nothing answered there')
    assert record['walk'] == []
    for report in (text, wild, unaligned):
        assert 'L0[' not in report and 'mapped' not in report
        assert 'tables' not in report
    assert unaligned.endswith('device memory wants the address aligned')
    text, record = faults(con, f'md {NOTHING:x} 1')
    assert 'MMU off' not in text and record['walk']


SCRIPT = 'mmu fault off; md {va:x} 1; echo still here'


@pytest.mark.parametrize('line', ['run q', 'run p'])
def test_off_within_a_script(con, line):
    """Off holds for what comes next in the same script

    Proves: FLT-120
    """
    con.ok(f"setenv q '{SCRIPT.format(va=UNMAPPED)}'")
    con.ok("setenv p 'if true; then run q; fi; echo nor here'")
    con.reset(line, '"Synchronous Abort" handler')
    assert 'caught' in con.ok('mmu fault')


def test_off_within_try(con):
    """What try began goes on to catch, whatever turned it off within

    Proves: FLT-120
    """
    con.ok(f"setenv q '{SCRIPT.format(va=UNMAPPED)}'")
    con.ok("setenv p 'run q; echo nor here'")
    for line in ('run q', 'run p', f'md {UNMAPPED:x} 1'):
        con.ok('mmu fault on')
        # The second time no point of what is gone is left to return to
        for _ in range(2):
            text, status = con.run(f'mmu try {line}')
            assert status == 1 and 'fault: read unmapped' in text
            assert 'here' not in text
    con.ok('mmu fault on')
    faults(con, f'md {UNMAPPED:x} 1')
    con.ok('mmu fault off')
    con.reset(f'md {UNMAPPED:x} 1', '"Synchronous Abort" handler')


def test_usage(con):
    """Wrong syntax prints the usage

    Proves: CLI-008
    """
    for line in ('mmu fault what', 'mmu fault on off', 'mmu fault on -j',
                 'mmu fault clear -j', 'mmu try'):
        con.usage(line)


def test_many_faults(con):
    """300 faults, and the prompt, the PFA and the tables are as before

    Proves: FLT-011
    """
    before = con.json('pfa stat -j')
    digits = '0 1 2 3 4 5 6 7 8 9'
    con.ok(f'mw.l {RAM:x} 0')
    with con.raw.temporary_timeout(120000):
        text = con.ok(f'for i in 1 2 3; do for j in {digits}; do '
                      f'for k in {digits}; do md {UNMAPPED:x} 1; '
                      'done; done; done; echo; echo done')
    assert text.count('fault: read unmapped') == 300
    assert text.endswith('done')
    assert con.json('pfa stat -j') == before


@pytest.mark.parametrize('line', ['exception undefined', f'md {UNMAPPED:x} 1',
                                  'mmu try exception undefined'])
def test_enter_does_not_repeat(con, line):
    """Enter does nothing after a command that faulted

    Proves: FLT-153
    """
    con.raw.run_command(line)
    before = con.ok('mmu fault')
    con.raw.run_command(line)
    con.raw.run_command('')
    count = [int(re.search(r'(\d+) so far', text).group(1))
             for text in (before, con.ok('mmu fault'))]
    assert count[1] == count[0] + 1


# msr tpidr_el0, x1; mov x0, #0x4020000000; movk ...; ldr x0, [x0]; ret
THREAD_POINTER = (0xd51bd041, 0xd2c00800, 0xf2a40000, 0xf9400000, 0xd65f03c0)


def test_program_that_uses_the_thread_registers(con):
    """What it leaves there is no fault of the handler's

    Proves: FLT-151
    """
    for i, word in enumerate(THREAD_POINTER):
        con.ok(f'mw.l {RAM + 4 * i:x} {word:x}')
    _, record = faults(con, f'go {RAM:x}')
    assert record['addr'] == f'0x{UNMAPPED:x}'
    faults(con, f'md {UNMAPPED:x} 1')


def test_stack_overflow_at_any_depth(con):
    """Wherever the stack ends, the report after it is of what faulted then

    Proves: FLT-150
    """
    con.restart()
    con.ok('mmu guard stack on')
    con.ok("setenv r 'run r'")
    for depth in range(16):
        text, status = con.run(depth * 'mmu try ' + 'run r')
        assert status == 1 and 'hint: stack overflow' in text
        text, record = faults(con, f'md {UNMAPPED:x} 1')
        assert record['addr'] == f'0x{UNMAPPED:x}'
        assert f'fault: read unmapped L2 at {UNMAPPED:x} ' in text
        assert con.env('fault_addr') == f'{UNMAPPED:x}'
    con.restart()


@pytest.mark.buildconfigspec('cmd_bootefi_hello')
@pytest.mark.parametrize('line, kind', [
    ('mmu fault on; go 40000001', 'pc-align'),
    (f'mmu try go {UNMAPPED:x}', 'unmapped')])
def test_application_while_off(efi, line, kind):
    """An application that ran while off is over when bootefi is

    Proves: FLT-152
    """
    efi.ok('mmu fault off')
    assert 'Hello, world!' in efi.run('bootefi hello')[0]
    text, status = efi.run(line)
    assert status == 1 and f'{kind} ' in text
    assert last(efi)['kind'] == kind
    efi.restart()


def ends_in_report(con, cmd, handler, before=''):
    """A command that ends in U-Boot's own report and a reset

    Once: what comes after it is the next sign-on.
    """
    con.raw.run_command(cmd, wait_for_prompt=False)
    if before:
        con.raw.wait_for(before)
    con.raw.wait_for(re.compile(f'"{handler}" handler, esr 0x[0-9a-f]+'))
    con.raw.wait_for('elr: ')
    con.raw.wait_for('Resetting CPU')
    con.restart()
    assert con.ok('mmu check tables')


@pytest.mark.buildconfigspec('unit_test')
@pytest.mark.parametrize('what', ['in_handler', 'in_handler_left'])
def test_fault_in_handler(con, what):
    """The handler loses the catch point that it was about to use

    Also with a large number where such faults are counted.

    Proves: FLT-031 FLT-151
    """
    ends_in_report(con, con.ut(f'mmu_pfa_fault_{what}_norun'),
                   'Synchronous Abort')


@pytest.mark.buildconfigspec('unit_test')
@pytest.mark.buildconfigspec('efi_loader')
def test_fault_in_report(con):
    """U-Boot's report of that faults as well, each time it is tried

    Proves: FLT-130
    """
    with con.raw.disable_check('error_please_reset'):
        con.raw.run_command(con.ut('mmu_pfa_fault_in_report_norun'),
                            wait_for_prompt=False)
        for _ in range(5):
            con.raw.wait_for('"Synchronous Abort" handler, esr ')
        con.raw.wait_for('fault in the report of a fault')
        con.raw.wait_for('resetting ...')
    con.restart()


@pytest.mark.buildconfigspec('unit_test')
def test_fault_in_report_and_no_console(con):
    """Nothing can be printed any more: a reset, or where there is none a halt

    Proves: FLT-130
    """
    con.raw.run_command(con.ut('mmu_pfa_fault_dead_console_norun'),
                        wait_for_prompt=False)
    if con.level == 3:
        with Qemu(con) as qemu:
            assert halts(qemu)
        con.restart()
    else:
        con.raw.wait_for_boot_prompt()
        con.raw.at_prompt = True
    assert con.ok('mmu check tables')


def insn_at(qemu, pa):
    """The instruction at an address"""
    words = qemu.read_page(pa & ~0xfff)[(pa & 0xfff) // 8]
    return words >> (32 if pa & 4 else 0) & 0xffffffff


def halts(qemu):
    """Whether the CPU comes to a halt, on an instruction that is WFI"""
    seen = []
    for _ in range(50):
        qemu.ask('cont')
        time.sleep(0.1)
        qemu.ask('stop')
        text = qemu.ask('human-monitor-command',
                        **{'command-line': 'info registers'})
        seen.append(int(re.search(r'PC=([0-9a-f]+)', text).group(1), 16))
        if len(seen) > 3 and len(set(seen[-3:])) == 1:
            # Past it, or on it
            return WFI in (insn_at(qemu, seen[-1] - 4),
                           insn_at(qemu, seen[-1]))
    return False


@pytest.mark.buildconfigspec('cmd_mmu')
def test_handler_is_out_of_reach(con):
    """What the handling of a fault needs is not taken away, whoever insists

    Proves: FLT-131
    """
    relocaddr = int(re.search(r'relocaddr\s+= 0x([0-9a-f]+)',
                              con.ok('bdinfo')).group(1), 16)
    before = con.ok('mmu dump -r')
    at = symbols(con)
    for name in HANDLER:
        page = relocaddr + at[name] & ~0xfff
        for line in (f'mmu unmap {page:x} 1000 -f',
                     f'mmu protect {page:x} 1000 ro -f',
                     f'mmu protect {page:x} 1000 none -f',
                     f'mmu protect {page:x} 1000 nx -f',
                     f'mmu map {page:x} 48000000 1000 ro -f',
                     f'mmu watch {page:x} 4 -f'):
            assert re.search('holds (what handles faults|.* vectors)$',
                             con.fails(line)), (name, line)
    faults(con, f'md {UNMAPPED:x} 1')
    assert con.ok('mmu dump -r') == before


@pytest.mark.buildconfigspec('unit_test')
def test_fault_after_hand_over(con):
    """Once an operating system has been started there is no catch point

    Proves: FLT-135
    """
    con.raw.run_command(con.ut('mmu_pfa_fault_after_hand_over_norun'),
                        wait_for_prompt=False)
    con.raw.wait_for('"Synchronous Abort" handler, esr 0x')
    text = con.raw.p.before
    assert 'fault: ' not in text
    con.raw.wait_for('Resetting CPU')
    con.restart()


def test_report_of_uboot_is_unchanged(con):
    """What goes on to U-Boot arrives there with each register as it was

    Proves: FLT-135
    """
    numbers = [n for n in range(29) if n != 18]
    # mov xn, #0x1000 + n
    words = [f'{0xd2820000 | n << 5 | n:x}' for n in numbers]
    # mov x29, #0x4000000000; ldr xzr, [x29]
    words += ['d2c0081d', 'f94003bf']
    for i, word in enumerate(words):
        con.ok(f'mw.l {RAM + 4 * i:x} {word}')
    pc = RAM + 4 * (len(words) - 1)
    con.ok('mmu fault off')
    con.raw.run_command(f'go {RAM:x}', wait_for_prompt=False)
    con.raw.wait_for('Resetting CPU')
    text = con.raw.p.before
    # At EL2 QEMU also fills in ISS[24:14], which it need not
    esr = int(re.search(r'handler, esr 0x([0-9a-f]+)', text).group(1), 16)
    assert (esr >> 26, esr & 0x3f) == (0x25, 0x06)
    assert f'elr: {pc:016x} ' in text
    seen = {int(n): int(value, 16) for n, value in
            re.findall(r'x(\d+) *: ([0-9a-f]{16})', text)}
    assert {n: seen[n] for n in numbers} == {n: 0x1000 + n for n in numbers}
    assert seen[29] == 0x4000000000
    con.restart()


@pytest.mark.buildconfigspec('unit_test')
@pytest.mark.parametrize('what', ['wild', 'ro'])
def test_report_without_a_stack(con, what):
    """U-Boot's report needs a stack, and the one at hand is none

    Proves: FLT-032
    """
    ends_in_report(con, con.ut(f'mmu_pfa_fault_{what}_sp_norun'),
                   'Synchronous Abort')


@pytest.mark.buildconfigspec('unit_test')
def test_serror(con):
    """An SError, as the CPU delivers it: by its name, and to U-Boot's report

    Proves: FLT-033
    """
    ends_in_report(con, con.ut('mmu_pfa_fault_serror_norun'), 'Error',
                   re.compile('fault: serror   esr be000000\r*\n'
                              '  asynchronous: .* not survivable'))


@pytest.mark.buildconfigspec('semihosting_fallback')
def test_semihosting_call(con):
    """U-Boot makes it a call that fails, and it is no fault

    Proves: FLT-034
    """
    before = con.json('mmu info -j')[-1]['faults']
    assert 'fault' not in con.run('ls hostfs - /')[0]
    assert con.json('mmu info -j')[-1]['faults'] == before


@pytest.mark.buildconfigspec('cmd_bootefi_selftest')
def test_efi_application(con):
    """An application that runs into an instruction that is none

    Proves: FLT-035
    """
    path = f'{con.raw.config.build_dir}/lib/efi_selftest/' \
        'efi_selftest_miniapp_exception.efi'
    if not os.path.exists(path):
        pytest.skip(f'no {path}')
    app = f'bootefi 42000000:{os.path.getsize(path):x}'
    qemu = f'-device loader,file={path},addr=0x42000000,force-raw=on'
    if con.json('mmu info -j')[0]['el'] == 3:
        # U-Boot goes to EL2 for an application, which has to be there
        qemu += ' -machine virtualization=on'
    con.restart(qemu)
    assert 'caught,' in con.ok('mmu fault')
    con.raw.run_command(app, wait_for_prompt=False)
    con.raw.wait_for('EFI application triggers exception.')
    con.raw.wait_for('"Synchronous Abort" handler')
    con.raw.wait_for('Resetting CPU')
    con.restart(qemu)
    con.ok('mmu fault all')
    assert con.ok('mmu fault').startswith(
        'faults are caught, in EFI applications too')
    text, status = con.run(app)
    assert status == 1 and 'fault: undef' in text
    assert con.env('fault_kind') == 'undef'
    # U-Boot's gd is back, and so is what catches
    assert 'fault: read unmapped' in con.run(f'md {UNMAPPED:x} 1')[0]
    assert 'Hello, world!' in con.run('bootefi hello')[0]
    con.restart()


@pytest.mark.buildconfigspec('unit_test')
def test_cost(con):
    """Instructions from the access to the catch point, counted by the PMU

    Proves: FLT-030
    """
    con.restart('-icount shift=0')
    text = con.ok('ut lib mmu_pfa_fault_cost')
    match = re.search(r'guarded read: (\d+) instructions, (\d+) with a fault; '
                      r'a command that faults, with report: (\d+)', text)
    assert match, text
    good, caught, report = map(int, match.groups())
    assert good < 200 and caught < 2000 and report < 2000000
    con.restart()


@pytest.mark.buildconfigspec('unit_test')
@pytest.mark.buildconfigspec('uthread')
def test_thread_without_a_command(con):
    """Nothing there that a fault could end in

    Proves: FLT-160
    """
    ends_in_report(con, con.ut('mmu_pfa_thread_alone_norun'),
                   'Synchronous Abort',
                   'fault: not caught: no command runs in this thread')


@pytest.mark.buildconfigspec('cmd_spawn')
def test_command_in_a_thread(con):
    """It fails, and the commands of the other threads go on

    Proves: FLT-160
    """
    # It begins when the shell next waits for something
    text = con.ok(f'spawn md {UNMAPPED:x} 1')
    more, status = con.run('wait')
    text += more
    assert status == 1 and f'read unmapped L2 at {UNMAPPED:x} ' in text
    assert f'hint: mmu map {UNMAPPED:x} {UNMAPPED:x} 1000 dev' in text
    con.ok('spawn sleep 1')
    _, record = faults(con, f'md {UNMAPPED + 0x20:x} 1')
    assert record['addr'] == f'0x{UNMAPPED + 0x20:x}'
    text = con.ok(f'spawn mw {UNMAPPED + 0x30:x} 1')
    # The status is that of the first job: U-Boot keeps no other
    text += con.run('wait')[0]
    assert f'write unmapped L2 at {UNMAPPED + 0x30:x} ' in text
    assert con.env('fault_addr') == f'{UNMAPPED + 0x30:x}'
    con.ok('setenv job_id')
    con.ok('mmu check tables')
