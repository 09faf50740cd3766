# SPDX-License-Identifier: GPL-2.0+
"""Back to U-Boot's own map: mmu reset, and before foreign code runs"""

import random
import re

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611
from mmu_pfa_helper import boot_tables

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

HOLE = 0x5000000000
RAM = 0x48000000
K, M, G = 1 << 10, 1 << 20, 1 << 30

HANDING_OVER = 'mmu: handing over on the boot-time map'
TAKEN_BACK = 'mmu: taken back on the boot-time map'


def info(con):
    """The objects of mmu info, joined"""
    result = {}
    for obj in con.json('mmu info -j'):
        if 'tables' in obj:
            result[obj['tables']] = obj['now']
        else:
            result.update(obj)
    return result


def descriptors(con):
    """Every descriptor: U-Boot's tables by checksum, others as they are

    All others hang below U-Boot's, so that they show as tables that are not
    there at boot.
    """
    now = info(con)
    return (con.ok(f'crc32 {int(now["root"], 16):x} {boot_tables(con):x}'),
            con.json('mmu dump -j'), now['boot'], now['static'], now['pfa'])


def mess_up(con):
    """One change of each kind, most of them in the block U-Boot runs on"""
    con.ok(f'mmu map {HOLE:x} {RAM:x} 4M rw,nx,wb -4k')
    con.ok('mmu map 4000000000 90000000 2M rw,nx,dev')
    con.ok(f'mmu unmap {RAM + 64 * M:x} 1000')
    con.ok(f'mmu protect {RAM:x} 1M ro')
    con.ok(f'mmu protect {RAM + 8 * M:x} 4K none')
    con.ok(f'mmu protect {RAM + 16 * M:x} 2M nc')
    con.ok(f'mmu split {RAM + 32 * M:x} 4M')
    con.ok('mmu unmap 8000000 2M')
    con.ok('mmu map 8000000 9000000 2M rw,nx,dev-nGnRE')


def test_reset_undoes_each_kind_of_change(con):
    """Every descriptor is what it was, and all tables are back

    Proves: CMMU-050
    """
    before = descriptors(con)
    con.ok(f'mw.l {RAM + 16 * M:x} 11111111 10')
    mess_up(con)
    con.ok(f'mw.l {RAM + 16 * M:x} 22222222')
    assert descriptors(con) != before
    text = con.ok('mmu reset')
    assert re.fullmatch(r"back to U-Boot's own map  -\d+ tables \(pfa\)", text)
    assert descriptors(con) == before
    assert '22222222 11111111' in con.ok(f'md.l {RAM + 16 * M:x} 2')
    con.ok(f'mw.l {RAM:x} 33333333 400; mw.l {RAM + 64 * M:x} 1 400')
    assert con.run(f'md {HOLE:x} 1')[1] == 1
    assert con.ok('mmu reset') == 'nothing to undo'
    con.usage('mmu reset now')


def random_command(dice):
    """A command that changes the map; whether it is refused is not known"""
    size = dice.choice([4 * K, 8 * K, 64 * K, 2 * M, 6 * M, 64 * M, G])
    base, room = dice.choice([(HOLE, 2 * G), (RAM, 256 * M), (0, 16 * G),
                              (0x4000000000, 256 * M),
                              (0x8000000000, 16 * G)])
    va = base + dice.randrange(room // size + 1) * size
    attrs = dice.choice(['ro', 'rw,nx', 'none', 'nc', 'wb', 'dev', 'ro,x',
                         'nx', 'rw,nx,dev-GRE', 'osh'])
    return dice.choice([
        f'mmu unmap {va:x} {size:x} {dice.choice(["", "-f"])}',
        f'mmu map {va:x} {va + dice.choice([0, 0x1000, 4 * G]):x} {size:x} '
        f'rw,nx,dev {dice.choice(["", "-4k", "-2m", "-f"])}',
        f'mmu protect {va:x} {size:x} {attrs}',
        f'mmu split {va:x} {min(size, 6 * M):x}',
        f'mmu merge {va:x} {size:x}',
        f'mmu watch {va + 0x10:x} {min(size, 64 * K) - 0x20:x} rw',
        f'mmu guard {dice.choice(["null", "stack", "text"])} '
        f'{dice.choice(["on", "off"])}',
        'dcache off; dcache on',
    ])


@pytest.mark.parametrize('seed', range(6))
def test_reset_after_a_random_session(con, seed):
    """Whatever was done, every descriptor is what it was

    Proves: CMMU-050 LIV-035
    """
    before = descriptors(con)
    dice = random.Random(seed)
    done = 0
    for _ in range(40):
        done += con.run(random_command(dice))[1] == 0
    assert done > 5
    assert con.run('mmu check tables')[1] == 0
    con.ok('mmu reset')
    assert descriptors(con) == before


@pytest.mark.parametrize('seed', range(3))
def test_handover_after_a_random_session(efi, seed):
    """U-Boot's own map, whatever was done, watched and guarded before

    Proves: LIV-035 LIV-040
    """
    before = descriptors(efi)
    dice = random.Random(100 + seed)
    for _ in range(40):
        efi.run(random_command(dice))
    lines = efi.ok('bootefi hello').split('\n')
    assert lines.index(HANDING_OVER) < lines.index('Hello, world!') < \
        lines.index(TAKEN_BACK)
    assert descriptors(efi) == before
    assert efi.ok('mmu reset') == 'nothing to undo'
    assert not efi.json('mmu watch list -j')
    assert ' on ' not in efi.ok('mmu guard')


def test_efi_application_finds_the_boot_time_map(efi):
    """U-Boot's own map before it starts; one line there, one line back

    Proves: LIV-040 LIV-042
    """
    before = descriptors(efi)
    efi.ok('pfa alloc 1M -t kept kept')
    kept = efi.env('kept')
    mess_up(efi)
    text = efi.ok('bootefi hello')
    lines = text.split('\n')
    assert lines.index(HANDING_OVER) < lines.index('Hello, world!') < \
        lines.index(TAKEN_BACK)
    assert text.count('mmu:') == 2
    assert descriptors(efi) == before
    # PFA memory is still there, and the commands work again
    assert kept in efi.ok('pfa list -t kept')
    efi.ok(f'mmu map {HOLE:x} {RAM:x} 4K; mmu unmap {HOLE:x} 4K')
    assert efi.run('md 4020000000 1')[1] == 1
    assert efi.env('fault_kind') == 'unmapped'
    efi.ok('pfa free $kept')
    assert efi.ok('bootefi hello').count('mmu:') == 2
