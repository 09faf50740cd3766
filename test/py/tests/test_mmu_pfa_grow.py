# SPDX-License-Identifier: GPL-2.0+
"""A change of the map for which the PFA grows, and one that fails even so

The PFA is full. Its second allocation from then on is made to fail: the first
is the one that finds it full, and the second the one in the new zone.
"""

import pytest

from mmu_pfa_helper import con  # pylint: disable=W0611
from test_mmu_pfa_calls import AREA, LEAVE_NC, call_fails
from test_mmu_pfa_handover import HOLE, M, RAM, descriptors

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# What they do, and what undoes it
CHANGES = [
    (f'mmu map {HOLE:x} {RAM:x} 1000', 'mmu reset'),
    (f'mmu unmap {RAM:x} 1000', 'mmu reset'),
    (f'mmu protect {RAM:x} 1000 ro', 'mmu reset'),
    (f'mmu split {RAM:x} 2M', 'mmu reset'),
    (f'mmu watch {RAM:x} 4', 'mmu watch del 1'),
    ('mmu guard null on', 'mmu guard null off'),
    ('mmu probe 9000000', 'echo'),
]


def zones(con):
    return con.json('pfa info -j')[0]['zones']


def state(con):
    """The map, what LMB has reserved, and whether all is sound"""
    return (descriptors(con), con.ok('bdinfo'), zones(con),
            con.ok('pfa check'), con.ok('mmu check tables'))


def fill(con):
    """Leave no frame in the zone that there is"""
    con.ok('pfa stop; pfa start 4M')
    for order in range(9, -1, -1):
        while con.run(f'pfa alloc -r 0-100000000 o{order} -t all')[1] == 0:
            pass


@pytest.fixture
def full(con):
    """U-Boot with a PFA of one zone in which no frame is free

    As the test before left it, if that passed.
    """
    pfa = con.json('pfa info -j')[0]
    if (pfa['zones'], pfa['free']) != (1, '0x0'):
        con.restart()
        fill(con)
    return con


@pytest.mark.parametrize('change,undo', CHANGES,
                         ids=lambda line: ' '.join(line.split()[:2]))
def test_zone_taken_in_vain_goes_back(full, change, undo):
    """One line names the injection, nothing has changed, and LMB has its
    memory back; next time the change is made, with a zone more

    Proves: LIV-110 LIV-111
    """
    before = state(full)
    full.ok('pfa fail 2')
    name = ' '.join(change.split()[:2])
    assert full.fails(change) == f"{name}: made to fail by 'pfa fail'"
    assert state(full) == before and before[2] == 1
    full.ok(change)
    assert zones(full) == 2
    full.ok(f'{undo}; pfa trim')
    assert state(full) == before


def test_reset_gives_back_a_zone_taken_in_vain(full):
    """The same for the way back to U-Boot's own map

    Proves: LIV-110 LIV-111
    """
    full.ok(f'pfa free -t all; {LEAVE_NC}; mmu unmap {AREA:x} 2M')
    fill_up = [f'pfa alloc -r 0-100000000 o{order} -t all'
               for order in range(9, -1, -1)]
    for alloc in fill_up:
        while full.run(alloc)[1] == 0:
            pass
    before = state(full)
    full.ok('pfa fail 2')
    assert full.fails('mmu reset') == "mmu reset: made to fail by 'pfa fail'"
    assert state(full) == before
    full.ok('mmu reset')
    assert zones(full) == 2
    full.restart()


def test_calls_give_back_a_zone_taken_in_vain(con):
    """The same for a call of a driver's

    Proves: LIV-055 LIV-110 LIV-111
    """
    con.restart()
    fill(con)
    before = state(con)
    con.ok('pfa fail 2')
    call_fails(con)
    assert state(con) == before
    con.restart()
