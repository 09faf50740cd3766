# SPDX-License-Identifier: GPL-2.0+
"""U-Boot's own calls that change its map, and what else U-Boot does with it

The calls are made by unit tests, as a driver makes them.
"""

import re

import pytest

from mmu_pfa_helper import con, efi, fresh  # pylint: disable=W0611
from mmu_pfa_helper import one_block
from test_mmu_pfa_handover import (HOLE, M, RAM, TAKEN_BACK, descriptors, info,
                                   mess_up)

pytestmark = [pytest.mark.buildconfigspec('cmd_mmu'),
              pytest.mark.buildconfigspec('unit_test')]

# Where the unit tests work, with the start of RAM
AREA = 0x40000000 + 80 * M

LEAVE_NC = 'ut lib lib_test_mmu_pfa_call_zz_leave_nc'


def call_fails(con):
    """The call of a driver's that is made to fail says so in one line"""
    # A unit test that fails ends the whole command line in newer releases
    text = con.raw.run_command(LEAVE_NC).replace('\r', '')
    line, = [line for line in text.split('\n') if line.startswith('mmu:')]
    assert len(line) <= 80
    assert line == (f'mmu: mmu_set_region_dcache_behaviour: 4K at {AREA:x}: '
                    "failed by 'pfa fail'")


def kind(con, va):
    """The attributes of one page, and its level"""
    row, = con.json(f'mmu dump {va:x} 1000 -j')
    return row['attrs'], row['level']


def test_calls_go_to_the_engine(fresh):
    """Block, split, unmapped and unaligned ranges, and many more splits than
    U-Boot's own area has tables for

    Proves: LIV-050 LIV-051 LIV-052 LIV-053 LIV-054
    """
    boot = info(fresh)['boot']
    text = fresh.ok("ut lib lib_test_mmu_pfa_call_*")
    assert re.search(r'ailures: 0$', text)
    now = info(fresh)
    # Not one table of U-Boot's own was taken
    assert now['boot'] == boot and now['pfa'] > 50
    assert fresh.ok('mmu check tables') == 'tables  ok'
    assert fresh.ok('mmu reset') == 'nothing to undo'


@pytest.mark.parametrize('call,since,function', [
    ('nobreak', (2025, 7), 'mmu_change_region_attr_nobreak'),
    ('pgprot', (2025, 7), 'pgprot_set_attrs'),
    ('reserved_mem', (2026, 1), 'mmu_unmap_reserved_mem'),
], ids=['nobreak', 'pgprot', 'reserved_mem'])
def test_calls_of_newer_releases(fresh, call, since, function):
    """The same for those that not every release has

    Proves: LIV-050 LIV-051 LIV-053 LIV-054
    """
    if fresh.release() < since:
        pytest.skip(f'this release has no {function}()')
    text = fresh.ok(f'ut lib lib_test_mmu_pfa_call_{call}*')
    assert re.search(r'ailures: 0$', text)
    assert f'Test: mmu_pfa_call_{call}' in text
    assert fresh.ok('mmu check tables') == 'tables  ok'
    assert fresh.ok('mmu reset') == 'nothing to undo'


def test_calls_out_of_tables(fresh):
    """One line that names the call; no panic, nothing changed

    Proves: LIV-055
    """
    before = descriptors(fresh)
    fresh.ok('pfa fail 1')
    call_fails(fresh)
    # The rest of that test unmaps
    fresh.ok('mmu reset')
    assert descriptors(fresh) == before


def test_reset_keeps_what_drivers_asked_for(fresh):
    """The page stays uncached; without a table for it reset changes nothing

    Proves: CMMU-051 LIV-054
    """
    fresh.ok(LEAVE_NC)
    before = descriptors(fresh)
    assert kind(fresh, AREA) == ('rw,x,nc', 3)
    mess_up(fresh)
    fresh.ok(f'mmu unmap {AREA:x} 2M')
    messed = descriptors(fresh)
    fresh.ok('pfa fail 1')
    assert fresh.fails('mmu reset') == "mmu reset: made to fail by 'pfa fail'"
    assert descriptors(fresh) == messed
    fresh.ok('mmu reset')
    assert descriptors(fresh) == before
    assert kind(fresh, AREA) == ('rw,x,nc', 3)


def test_calls_pass_reserved_entries(fresh):
    """One line tells how many and where the first is

    Proves: LIV-124
    """
    text = fresh.ok('ut lib lib_test_mmu_pfa_call_reserved_entry')
    assert re.search(r'ailures: 0$', text)
    # As the unit test has them
    start = AREA + 60 * M
    page, block = start + 0x10000, start + 2 * M
    dcache, attr = 'mmu_set_region_dcache_behaviour', 'mmu_change_region_attr'
    assert [line for line in text.split('\n') if line.startswith('mmu:')] == [
        f'mmu: {dcache}: left 3 reserved entries, at {page:x}',
        f'mmu: {attr}: left 1 reserved entry, at {block + M:x}',
        f'mmu: {attr}: left 1 reserved entry, at {block + M:x}',
        f'mmu: mmu_map_region: left 1 reserved entry, at {block + 0x1000:x}']
    assert fresh.ok('mmu check tables') == 'tables  ok'
    assert fresh.ok('mmu reset') == 'nothing to undo'


def test_calls_end_watches(fresh):
    """A watch ends on what a driver makes uncached, and says so; others stay

    Proves: LIV-100
    """
    fresh.ok(f'mmu watch {AREA + 0x10:x} 4 w; mmu watch {AREA + 0x2000:x} 4')
    text = fresh.ok('ut lib lib_test_mmu_pfa_call_end_watch')
    name = 'mmu_set_region_dcache_behaviour'
    assert f'mmu: {name}: watch 1 ends' in text.split('\n')
    assert 'watch 2 ends' not in text and re.search(r'ailures: 0$', text)
    row, = fresh.json('mmu watch list -j')
    assert row['watch'] == 2
    assert kind(fresh, AREA) == ('rw,x,nc', 3)
    assert fresh.ok(f'mw.l {AREA + 0x10:x} 1') == ''
    fresh.ok('mmu watch del 2')
    assert fresh.ok('mmu check tables') == 'tables  ok'
    assert fresh.ok('mmu reset') == 'nothing to undo'


def test_handover_without_tables(efi):
    """On U-Boot's emergency map then, as one line says; all right after it

    Proves: LIV-043
    """
    efi.ok(LEAVE_NC)
    before = descriptors(efi)
    efi.ok(f'mmu unmap {AREA:x} 2M; pfa fail 1')
    lines = efi.ok('bootefi hello').split('\n')
    start = lines.index('Hello, world!')
    assert 'mmu: handing over on U-Boot\'s emergency map: out of tables' in \
        lines[:start]
    assert lines[-1] == TAKEN_BACK
    assert descriptors(efi) == before
    assert efi.ok('mmu reset') == 'nothing to undo'


def use_up_tables(con):
    """A table of U-Boot's own map has gone, and there is none to bring it back

    Returns: the descriptors before
    """
    con.ok('pfa stop')
    con.ok(LEAVE_NC)
    before = descriptors(con)
    con.ok(f'mmu unmap {AREA:x} 2M')
    # The one that RAM is split in is out, where U-Boot has not split it; two
    # each, and one each for the rest
    for i in range(7):
        con.ok(f'mmu map {0x5000000000 + (i << 30):x} 48000000 1000')
    for i in range(1 if one_block(con) else 2):
        con.ok(f'mmu map {0x6000000000 + (i << 30):x} 48000000 2M')
    return before


@pytest.mark.parametrize('mmu', ['on', 'off'])
def test_taken_back_once_there_are_tables(efi, mmu):
    """With none after the application either, a command that gets some will do

    With the MMU off there is no other map to go on with, as both lines say.

    Proves: LIV-121
    """
    if mmu == 'off' and efi.level == 3:
        pytest.skip('on the way to EL2 U-Boot switches the MMU on')
    before = use_up_tables(efi)
    if mmu == 'off':
        efi.ok('dcache off')
    lines = efi.ok('bootefi hello').split('\n')
    assert ('mmu: out of tables: the boot-time map is not restored' in
            lines) == (mmu == 'off')
    where = "U-Boot's emergency map" if mmu == 'on' else "the commands' map"
    assert lines[-1] == f'mmu: taken back, still on {where}: out of tables'
    assert efi.ok('echo quiet') == 'quiet'
    assert ('not U-Boot' if mmu == 'on' else 'MMU is off') in \
        efi.fails('mmu reset')
    assert efi.ok('pfa start').split('\n')[-1] == TAKEN_BACK
    if mmu == 'off':
        efi.ok('dcache on')
    # But for where the tables are from
    assert descriptors(efi)[:3] == before[:3]
    assert efi.ok('mmu reset') == 'nothing to undo'


@pytest.mark.parametrize('case', [
    'split',
    # There the table above is U-Boot's own
    pytest.param('below', marks=pytest.mark.notbuildconfigspec('mmu_pgprot')),
])
def test_uboot_splits_behind_our_back(fresh, case):
    """With its own code, past the linker: everything goes on, and all tables
    are sound, before and after a reset; a look takes no copy of it

    Proves: LIV-112 LIV-117
    """
    boot = info(fresh)['boot']
    text = fresh.ok(fresh.ut(f'lib_test_mmu_pfa_foreign_{case}_norun'))
    assert re.search(r'ailures: 0$', text)
    assert info(fresh)['boot'] > boot
    assert kind(fresh, AREA + 0x2000) == ('rw,x,nc', 3)
    steps = fresh.ok(f'mmu walk {AREA + 0x2000:x}').split('\n')[1:4]
    assert all('(boot)' in step for step in steps)
    assert fresh.ok('mmu check tables') == 'tables  ok'
    assert fresh.ok('mmu check at').startswith('at      ok')
    before = descriptors(fresh)
    mess_up(fresh)
    fresh.ok('mmu reset')
    assert descriptors(fresh) == before
    fresh.restart()


def mappings_work(con):
    con.ok(f'mw.l {HOLE:x} 12345678')
    assert '12345678' in con.ok(f'md.l {RAM:x} 1')
    assert con.run(f'mw.l {RAM + 8 * M:x} 1')[1] == 1
    assert con.env('fault_kind') == 'write-perm'


@pytest.mark.parametrize('commands', [
    'dcache off; dcache on', 'icache off; icache on', 'dcache flush',
    'dcache off; icache off; dcache on; icache on',
])
def test_mappings_survive_the_caches(fresh, commands):
    """Split, protected and mapped memory is so after caches went off and on

    Proves: LIV-003
    """
    fresh.ok(f'mmu map {HOLE:x} {RAM:x} 8K; mmu protect {RAM + 8 * M:x} 4K ro')
    before = descriptors(fresh)
    fresh.ok(commands)
    mappings_work(fresh)
    assert descriptors(fresh) == before
    fresh.ok('mmu reset')


def test_exception_level_goes_down(con):
    """From EL3 to EL2 by an application: own map there, everything works after

    Proves: LIV-041
    """
    con.restart(qemu='-M virt,secure=on,virtualization=on')
    try:
        before = descriptors(con)
        assert info(con)['el'] == 3
        mess_up(con)
        con.ok('bootefi hello')
        assert info(con)['el'] == 2
        assert descriptors(con) == before
        con.ok(f'mmu map {HOLE:x} {RAM:x} 8K; '
               f'mmu protect {RAM + 8 * M:x} 4K ro')
        mappings_work(con)
        con.ok('dcache off; dcache on')
        mappings_work(con)
        con.ok('mmu reset')
        assert descriptors(con) == before
    finally:
        con.restart()
