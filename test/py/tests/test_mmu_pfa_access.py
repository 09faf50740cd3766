# SPDX-License-Identifier: GPL-2.0+
"""Guarded accesses: mmu md, mmu peek, mmu poke, mmu probe"""

import re

import pytest

from mmu_pfa_helper import con  # pylint: disable=W0611

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# QEMU virt with 1 GiB: not mapped; mapped, but nothing there; free for use
UNMAPPED = 0x4020000000
NOTHING = 0x90000000
HOLE = 0x5000000000
RAM = 0x48000000
# The PrimeCell's data and flag registers; the flags of an idle one
UART = 0x9000000
UART_FLAGS = 0x9000018
# The firmware interface: each read of the data register gives the next bytes
# of what the selector register, written with swapped bytes, has chosen
FW_DATA = 0x9020000
FW_SELECT = 0x9020008


def test_md_goes_on(con):
    """A cell that faults is crossed out, and the others are read

    Proves: CMMU-060
    """
    con.ok(f'mmu map {HOLE:x} {RAM:x} 1000 rw')
    con.ok(f'mw.l {RAM + 0xff0:x} 44434241 4')
    for width, suffix in ((1, '.b'), (2, '.w'), (4, '.l'), (8, '.q'), (4, '')):
        start = HOLE + 0xff8
        text, status = con.run(f'mmu md{suffix} {start:x} {16 // width:x}')
        good = {1: '41 42 43 44 41 42 43 44', 2: '4241 4443 4241 4443',
                4: '44434241 44434241', 8: '4443424144434241'}[width]
        bad = ' '.join(['x' * 2 * width] * (8 // width))
        assert status == 1
        assert text == f'{start:x}: {good} {bad}  ABCDABCD........'
    # The last cell's
    assert con.env('fault_addr') == f'{HOLE + 0x1004:x}'
    assert con.env('fault_kind') == 'unmapped'
    con.ok(f'mmu unmap {HOLE:x} 1000')


def test_md_is_like_md(con):
    """Where nothing faults it prints what md prints

    Proves: CMMU-060
    """
    con.ok(f'mw.q {RAM:x} 30313233343536ff 20')
    for line in (f'md {RAM:x}', f'md.b {RAM:x} 23', f'md.w {RAM + 2:x} 9',
                 f'md.l {RAM + 1:x} 5', f'md.q {RAM:x} 3'):
        assert con.ok(f'mmu {line}') == con.ok(line).rstrip('\n'), line


def test_md_enter_goes_on(con):
    """Enter shows what comes next

    Proves: CMMU-060
    """
    con.ok(f'mw.l {RAM:x} 0 8')
    con.ok(f'mw.l {RAM + 0x10:x} 12345678')
    con.raw.run_command(f'mmu md {RAM:x} 4')
    text = con.raw.run_command('', wait_for_echo=False)
    assert f'{RAM + 0x10:x}: 12345678 00000000' in text


def test_peek_and_poke(con):
    """One cell, in each width, with its value in a variable

    Proves: CMMU-061
    """
    for suffix, digits in (('.b', 2), ('.w', 4), ('.l', 8), ('.q', 16),
                           ('', 8)):
        con.ok(f'mw.q {RAM:x} ffffffffffffffff')
        value = '123456789abcdef0'[16 - digits:]
        assert con.ok(f'mmu poke{suffix} {RAM:x} {value}') == ''
        assert con.ok(f'mmu peek{suffix} {RAM:x} cell') == f'{RAM:x}: {value}'
        assert con.env('cell') == value.lstrip('0')
        rest = 'f' * (16 - digits) + value
        assert con.ok(f'mmu peek.q {RAM:x}') == f'{RAM:x}: {rest}'
    con.ok('setenv cell')


def test_exactly_one_access(con):
    """A register that counts its reads sees one, of the width asked for

    Proves: CMMU-062
    """
    letters = 'QEMU'
    con.ok(f'mmu poke.w {FW_SELECT:x} 0')
    for letter in letters:
        text = con.ok(f'mmu peek.b {FW_DATA:x}')
        assert text.endswith(f': {ord(letter):02x}')
    con.ok(f'mmu poke.w {FW_SELECT:x} 0')
    for pair in (letters[:2], letters[2:]):
        value = ''.join(f'{ord(c):02x}' for c in reversed(pair))
        assert con.ok(f'mmu peek.w {FW_DATA:x}').endswith(f': {value}')
    con.ok(f'mmu poke.w {FW_SELECT:x} 0')
    assert con.ok(f'mmu peek.l {FW_DATA:x}').endswith(': 554d4551')
    # The same through the window of probe, and in a dump
    con.ok(f'mmu poke.w {FW_SELECT:x} 0')
    assert con.ok(f'mmu probe.b {FW_DATA:x}').endswith(': 51')
    assert con.ok(f'mmu md.b {FW_DATA:x} 1').split()[1] == '45'
    assert con.ok(f'mmu peek.b {FW_DATA:x}').endswith(': 4d')
    # A write of one character prints it once
    assert con.run(f'mmu poke.b {UART:x} 41')[0] == 'A'


@pytest.mark.parametrize('cmd, access', [('peek.q {0:x}', 'read'),
                                         ('poke.q {0:x} 1', 'write')])
def test_address_of_the_byte_that_fails(con, cmd, access):
    """An access across pages of which the second is missing: where that begins

    Proves: CMMU-063 FLT-008
    """
    page = RAM + 0x1000
    con.ok(f'mmu unmap {page:x} 1000')
    text = con.fails('mmu ' + cmd.format(page - 4))
    name = cmd.split('.', maxsplit=1)[0]
    assert text == f'mmu {name}: {page:x}: {access} unmapped L3'
    assert con.env('fault_addr') == f'{page:x}'
    assert con.json('mmu fault last -j')[0]['addr'] == f'0x{page:x}'
    con.ok('mmu reset')


@pytest.mark.parametrize('width, size', [('.b', 1), ('.w', 2), ('.l', 4),
                                         ('.q', 8)])
def test_one_access_by_a_watch(con, width, size):
    """A watch of the same memory sees one access, of the width asked for

    Proves: CMMU-062
    """
    con.ok(f'mw.q {RAM:x} 0 2')
    con.ok(f'mmu watch {RAM:x} 10 rw')
    for line, access in ((f'peek{width} {RAM:x}', 'r'),
                         (f'poke{width} {RAM:x} 5a', 'w'),
                         (f'md{width} {RAM + 8:x} 1', 'r')):
        first = con.json('mmu watch log -j')
        con.ok(f'mmu {line}')
        rows = con.json('mmu watch log -j')
        new = [row for row in rows if row not in first]
        assert [(row['access'], row['size']) for row in new] == [
            (access, size)], line
    con.ok('mmu watch del 1')


def test_md_interrupt(con):
    """Ctrl-C ends a dump, and says where

    Proves: CMMU-069
    """
    con.raw.run_command(f'mmu md {RAM:x} 1000000', wait_for_prompt=False)
    con.raw.wait_for(f'{RAM + 0x100:x}: ')
    with con.raw.temporary_timeout(30000):
        text = con.raw.run_command('\x03', wait_for_echo=False, send_nl=False)
    assert re.search('mmu md: interrupted at [0-9a-f]+$', text.strip())
    assert con.ok('echo $?') == '1'


@pytest.mark.parametrize('cmd, why, addr, kind', [
    (f'peek {UNMAPPED:x}', 'read unmapped L2', UNMAPPED, 'unmapped'),
    (f'peek.b {NOTHING + 1:x}', 'read bus', NOTHING + 1, 'bus'),
    (f'poke.q {UNMAPPED + 8:x} 0', 'write unmapped L2', UNMAPPED + 8,
     'unmapped'),
    (f'poke {HOLE:x} 0', 'write-perm L3', HOLE, 'write-perm'),
    (f'probe {NOTHING:x}', 'read bus', NOTHING, 'bus'),
    ('probe 4020000000', 'read bus', 0x4020000000, 'bus'),
])
def test_faults_are_answers(con, cmd, why, addr, kind):
    """One line says what became of it, and so do the variables

    Proves: CMMU-063 CMMU-065
    """
    con.ok(f'mmu map {HOLE:x} {RAM:x} 1000 ro')
    name = cmd.split()[0].split('.')[0]
    assert con.fails(f'mmu {cmd}') == f'mmu {name}: {addr:x}: {why}'
    assert con.env('fault_addr') == f'{addr:x}'
    assert con.env('fault_kind') == kind
    row, = con.json('mmu fault last -j')
    assert row['guarded'] and int(row['addr'], 16) == addr
    assert f' at {addr:x} ' in con.ok('mmu fault last')
    con.ok(f'mmu unmap {HOLE:x} 1000')


def test_guarded_while_off(con):
    """Guarded accesses need no policy

    Proves: CMMU-063
    """
    con.ok('mmu fault off')
    try:
        assert 'unmapped' in con.fails(f'mmu peek {UNMAPPED:x}')
        assert 'bus' in con.fails(f'mmu probe {NOTHING:x}')
    finally:
        con.ok('mmu fault on')


def test_probe_leaves_nothing(con):
    """What is mapped, and the tables in use, are as before

    Proves: CMMU-064
    """
    before = con.ok('mmu dump -r')
    tables = [row.get('now') for row in con.json('mmu info -j')]
    con.ok(f'mmu probe {UART_FLAGS:x}')
    con.fails(f'mmu probe {NOTHING:x}')
    con.run('mmu probe 8000000 2000000 10000')
    assert con.ok('mmu dump -r') == before
    assert [row.get('now') for row in con.json('mmu info -j')] == tables


def test_probe_in_a_script(con):
    """An address that answers, one that does not, one that is not mapped

    Proves: CMMU-065
    """
    for addr, word in ((UART_FLAGS, 'yes'), (NOTHING, 'no'),
                       (UNMAPPED, 'no')):
        text = con.ok(f'if mmu probe {addr:x}; then echo yes; '
                      'else echo no; fi')
        assert text.endswith(word)
    # Not mapped, but there: another 4K of the interrupt controller's frame
    con.ok('mmu unmap 8000000 1000')
    assert con.run('mmu peek 8000000')[1] == 1
    text = con.ok('if mmu probe 8000000 word; then echo yes $word; fi')
    assert re.search(r'08000000: ([0-9a-f]{8})\nyes [0-9a-f]+$', text)
    con.ok('mmu map 8000000 8000000 1000 dev,nsh; mmu merge 8000000')
    con.ok('setenv word')


def test_sweep(con):
    """A picture of what answers, the first of them, and the sum

    Proves: CMMU-066
    """
    text = con.ok('mmu probe 9000000 400000 10000 first')
    lines = text.split('\n')
    match = re.fullmatch(r' {3}9000000 ([#.?]{64})', lines[0])
    # UART, clock, firmware interface, ...
    assert match.group(1).startswith('###')
    answered = match.group(1).count('#')
    assert 3 <= answered < 64
    assert lines[1] == f'{answered} of 64 answered, the first at 9000000'
    assert con.env('first') == '9000000'
    text, status = con.run(f'mmu probe {NOTHING:x} 400000 1000 first')
    assert status == 1
    lines = text.split('\n')
    assert lines == [f'{NOTHING:10x} ' + '.' * 64, '  * 15 more',
                     '0 of 1024 answered']
    assert con.env('first') == '9000000' and con.env('fault_kind') == 'bus'
    # The last that did not answer, by its physical address
    end = NOTHING + 0x400000 - 0x1000
    assert con.env('fault_addr') == f'{end:x}'
    assert int(con.json('mmu fault last -j')[0]['addr'], 16) == end
    # Less than a step, and a step within a page
    assert con.ok('mmu probe.b 9000fe0 1').endswith(
        '1 of 1 answered, the first at 9000fe0')
    assert '32 of 32' in con.ok('mmu probe.b 9000fe0 20 1')
    # The fourth word is the variable, whatever it looks like
    con.ok('mmu probe 40000000 40000 10000 cafe')
    assert con.env('cafe') == '40000000'
    con.ok('setenv cafe')
    con.ok('setenv first')


def test_a_sweep_is_one_entry(con):
    """What did not answer in a sweep is one line of the log, the last of them

    Proves: FLT-134
    """
    con.ok('mmu fault clear')
    con.run(f'md {UNMAPPED:x} 1')
    con.run(f'mmu probe {NOTHING:x} 40000')
    con.run(f'md {UNMAPPED + 4:x} 1')
    con.run(f'mmu peek {UNMAPPED:x}')
    log = con.json('mmu fault log -j')
    assert [(row['addr'], row['guarded']) for row in log] == [
        (f'0x{UNMAPPED:x}', False), (f'0x{NOTHING + 0x3f000:x}', True),
        (f'0x{UNMAPPED + 4:x}', False), (f'0x{UNMAPPED:x}', True)]


def test_commands_are_entries(con):
    """What two commands did not get an answer from are two lines of the log

    Proves: FLT-156
    """
    con.ok('mmu fault clear')
    con.run(f'mmu peek {UNMAPPED:x}; mmu peek {UNMAPPED + 8:x}')
    assert [int(row['addr'], 16) for row in con.json('mmu fault log -j')] == [
        UNMAPPED, UNMAPPED + 8]


def test_record_of_a_probe(con):
    """It tells of a physical address, not of the window to it

    Proves: FLT-157
    """
    for pa in (UNMAPPED, NOTHING):
        con.run(f'mmu probe {pa:x}')
        text = con.ok('mmu fault last')
        assert f'\n  pa {pa:x}, through a window' in text
        assert text.endswith('  hint: nothing answered there')
        assert 'L0[' not in text and 'mapped' not in text
        row = con.json('mmu fault last -j')[0]
        assert row['physical'] is True and row['walk'] == []
    con.run(f'mmu peek {NOTHING:x}')
    assert con.json('mmu fault last -j')[0]['physical'] is False
    assert 'mapped, but nothing' in con.ok('mmu fault last')


def test_md_of_long_addresses(con):
    """A line of bytes fits the console; other widths have room enough

    Proves: FLT-154
    """
    va = 0xffffffffffffffe0
    text, _ = con.run(f'mmu md.b {va:x} 20')
    assert [line.split(':')[0] for line in text.split('\n')] == [
        f'{va + i:x}' for i in range(0, 0x20, 8)]
    for suffix, count in (('.w', 16), ('.l', 8), ('.q', 4)):
        text, _ = con.run(f'mmu md{suffix} {va:x} {count:x}')
        assert text.count('\n') == 1
    # 13 digits
    text, _ = con.run(f'mmu md.b fffffffffffe0 20')
    assert text.count('\n') == 1


def test_long_sweep(con):
    """1 GiB in steps of 64K, with and without answers

    Proves: CMMU-066 CMMU-067
    """
    with con.raw.temporary_timeout(120000):
        text, status = con.run('mmu probe 80000000 1G 64K')
        assert status == 1 and text.endswith('0 of 16384 answered')
        text = con.ok('mmu probe 40000000 1G 64K')
        assert '16384 of 16384 answered' in text
    assert con.ok('mmu check tables')


def test_progress_and_interrupt(con):
    """A sweep that takes long shows how far it is, and Ctrl-C ends it

    Proves: CMMU-067
    """
    con.raw.run_command('mmu probe 80000000 100G 1000', wait_for_prompt=False)
    with con.raw.temporary_timeout(30000):
        con.raw.wait_for('0%')
        con.raw.wait_for('0%')
        text = con.raw.run_command('\x03', wait_for_echo=False, send_nl=False)
    assert re.search('mmu probe: interrupted at [0-9a-f]+$', text.strip())
    assert con.ok('echo $?') == '1'
    con.ok('mmu check tables')


@pytest.mark.parametrize('cmd, why', [
    ('md 0 0', '0 cells'),
    ('md xyz', 'bad address "xyz": not a hex number'),
    ('md.q fffffffffffffff8 2',
     'fffffffffffffff8 + 2 cells of 8 wraps around'),
    ('peek 12g', 'bad address "12g": not a hex number'),
    ('peek 0 1x', 'bad variable name "1x"'),
    ('peek 0 rw', 'bad variable name "rw": an attribute word'),
    ('poke.b 48000000 100', 'value 100 has more than 8 bits'),
    ('poke.w 48000000 10000', 'value 10000 has more than 16 bits'),
    ('poke 48000000 100000000', 'value 100000000 has more than 32 bits'),
    ('poke.q 48000000 1ffffffffffffffff',
     'bad value "1ffffffffffffffff": not a hex number'),
    ('probe 8000002', '8000002 is not a multiple of 4'),
    ('probe 8000000 1000 6', '6 is not a multiple of 4'),
    ('probe 8000000 0', 'size is 0'),
    ('probe 8000000 1000 0', 'step is 0'),
    ('probe 10000000000', '10000000000 is beyond the 40-bit pa space'),
    ('probe ffffffff00 2000', '10000000f00 is beyond the 40-bit pa space'),
    ('probe 8000000 ffffffffffffffff 8',
     '8000000 + fffffffffffffff8 wraps around'),
])
def test_bad_input(con, cmd, why):
    """One line names value and reason, and nothing is touched

    Proves: CMMU-068
    """
    name = re.match('[a-z]+', cmd).group()
    assert con.fails(f'mmu {cmd}') == f'mmu {name}: {why}'


def test_usage(con):
    """Wrong widths and wrong counts of words

    Proves: CLI-008 CMMU-068
    """
    for line in ('md', 'md.x 0', 'md.bb 0', 'md. 0', 'md 0 1 2', 'peek',
                 'peek 0 a b', 'poke 0', 'poke 0 1 2', 'probe',
                 'probe 0 1 2 3 4', 'peek.s 0'):
        con.usage(f'mmu {line}')
