# SPDX-License-Identifier: GPL-2.0+
"""Pages that nobody should touch, or write: mmu guard"""

import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_helper import one_block
from test_mmu_pfa_watch import RAM, put, the_map

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# stp x29, x30, [sp, #-16]!; b .-4: until the stack is no more
OVERFLOW = ('a9bf7bfd', '17ffffff')


@pytest.fixture
def guard(con):
    """U-Boot without guards before and after, and the map as it was"""
    before = the_map(con)
    yield con
    for name in ('null', 'stack', 'text'):
        con.ok(f'mmu guard {name} off')
    assert the_map(con) == before


def pages(con, name):
    """First and last address of a guard's pages"""
    match = re.match(rf'{name} +(on|off) +(\w+)-(\w+)  ',
                     con.ok(f'mmu guard {name}'))
    return int(match.group(2), 16), int(match.group(3), 16) - 1


def fault(con, cmd):
    """Run a command that faults; return the report and the record"""
    text, status = con.run(cmd)
    assert status == 1 and 'fault: ' in text, text
    assert con.ok('echo alive') == 'alive'
    return text, con.json('mmu fault last -j')[0]


def test_null(guard):
    """An access through a NULL pointer is caught and called by its name

    Proves: FLT-082 FLT-085
    """
    guard.ok('md 0 1')
    guard.ok('mmu guard null on')
    for cmd, access in (('md 0 1', 'read'), ('mw.b 10 1', 'write'),
                        ('md.b fff 1', 'read'), ('go 0', 'exec')):
        text, row = fault(guard, cmd)
        assert row['access'] == access
        assert text.endswith('hint: NULL pointer')
    guard.ok('md 1000 1')
    guard.ok('mmu guard null on')
    guard.ok('mmu guard null off')
    guard.ok('md 0 1')


def test_stack(guard):
    """What runs over the end of the stack is stopped there, and survived

    Proves: FLT-083 FLT-085
    """
    first, last = pages(guard, 'stack')
    top = re.search(r'sp start\s+= 0x([0-9a-f]+)', guard.ok('bdinfo'))
    assert 0 < int(top.group(1), 16) - last < 0x1000000
    put(guard, RAM, OVERFLOW)
    guard.ok('mmu guard stack on')
    for _ in range(3):
        text, row = fault(guard, f'go {RAM:x}')
        assert row['access'] == 'write' and row['pc'] == f'0x{RAM:x}'
        assert first <= int(row['addr'], 16) <= last
        assert 'hint: stack overflow' in text
    _, row = fault(guard, f'md {first:x} 1')
    assert row['addr'] == f'0x{first:x}'
    guard.ok('mmu guard stack off')
    guard.ok(f'md {first:x} 1')


def test_text(guard):
    """Code and constants can't be written, and everything still works

    Proves: FLT-084 FLT-085
    """
    first, last = pages(guard, 'text')
    image = int(re.search(r'relocaddr\s+= 0x([0-9a-f]+)',
                          guard.ok('bdinfo')).group(1), 16)
    assert image <= first and last - first > 0x80000
    was = guard.ok(f'crc32 {first:x} {last - first + 1:x}')
    guard.ok('mmu guard text on')
    for at in (first, (first + last) // 2 & ~7, last & ~7):
        text, row = fault(guard, f'mw.q {at:x} 0')
        assert (row['kind'], row['addr']) == ('write-perm', f'0x{at:x}')
        assert 'protected on purpose' in text
    assert guard.ok(f'crc32 {first:x} {last - first + 1:x}') == was
    dump = guard.ok(f'mmu dump {first:x} {last - first + 1:x}')
    # One region, or what U-Boot has made read-only beside what the guard has
    assert dump.count('r-x') == (1 if one_block(guard) else 2)
    assert 'rw' not in dump
    guard.ok('pfa test 500')
    guard.ok('mmu test')
    guard.ok('setenv autoload no; dhcp')
    guard.ok('mmu guard text off')
    assert guard.ok(f'crc32 {first:x} {last - first + 1:x}') == was


def test_all_at_once(guard):
    """They are shown, are independent, and leave no trace in any order

    Proves: FLT-085 CMMU-098
    """
    def states():
        return re.findall(r'^(\w+) +(on|off) ', guard.ok('mmu guard'), re.M)

    assert states() == [('null', 'off'), ('stack', 'off'), ('text', 'off')]
    for name in ('text', 'null', 'stack'):
        guard.ok(f'mmu guard {name} on')
    assert states() == [('null', 'on'), ('stack', 'on'), ('text', 'on')]
    guard.ok('mmu check tables')
    guard.ok('mmu guard text off')
    assert states() == [('null', 'on'), ('stack', 'on'), ('text', 'off')]
    fault(guard, 'md 0 1')
    guard.ok('mmu reset')
    assert states() == [('null', 'off'), ('stack', 'off'), ('text', 'off')]


def test_others_keep_off(guard):
    """What is guarded is not mapped, changed or watched; nor the other way

    Proves: CMMU-099
    """
    guard.ok('mmu guard null on')
    for line in ('mmu map 0 0 1000 -f', 'mmu unmap 0 1000',
                 'mmu protect 0 1000 rw', 'mmu split 0', 'mmu merge 0',
                 'mmu watch 10 4'):
        assert 'guarded; mmu guard null off' in guard.fails(line)
    guard.ok('mmu guard null off')
    guard.ok('mmu watch 10 4')
    assert 'is watched; mmu watch del 1' in guard.fails('mmu guard null on')
    guard.ok('mmu watch del 1')
    guard.ok('mmu protect 0 1000 none')
    assert 'not needed' in guard.fails('mmu guard null on')
    guard.ok('mmu protect 0 1000 rw -f')
    guard.ok('mmu unmap 0 1000')
    assert 'not needed' in guard.fails('mmu guard null on')
    guard.ok('mmu reset')


def test_usage(con):
    """Wrong syntax prints the usage

    Proves: CLI-008
    """
    for line in ('mmu guard what', 'mmu guard null maybe',
                 'mmu guard null on off'):
        con.usage(line)
