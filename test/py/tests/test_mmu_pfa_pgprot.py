# SPDX-License-Identifier: GPL-2.0+
"""On a tree that U-Boot has split itself, with permissions of its own

Newer releases do that at boot with CONFIG_MMU_PGPROT: code is read-only,
constants are not executable either, data is not. They take the tables for it
from their own area.
"""

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_qemu import Qemu, leaves
from test_mmu_pfa_handover import G, HOLE, M, RAM, descriptors, info, mess_up
from test_mmu_pfa_ram import bdinfo

pytestmark = [pytest.mark.buildconfigspec('cmd_mmu'),
              pytest.mark.buildconfigspec('mmu_pgprot')]

# The code that EFI keeps, and what lies between code and constants, are as
# they were
PARTS = {'code': 'ro,x,wb', 'constants': 'ro,nx,wb', 'data': 'rw,nx,wb'}


def parts(con):
    """{part of the image: where it begins}, by the attributes in mmu dump"""
    image = bdinfo(con, 'relocaddr')
    rows = con.json(f'mmu dump {image & ~(2 * M - 1):x} 4M -j')
    found = {}
    for name, attrs in PARTS.items():
        row, = [row for row in rows if row['attrs'] == attrs]
        found[name] = int(row['va'], 16)
        assert name == 'data' or row['who'] == name
    return found


def live(con):
    """All leaves, as a decoder of its own reads them from memory"""
    now = info(con)
    with Qemu(con) as qemu:
        return leaves(qemu, int(now['root'], 16), now['va_bits'], now['el'])


def test_dump_and_walk_show_what_uboot_did(con):
    """Each part of the image by name, in U-Boot's own tables, as hardware does

    Proves: CMMU-019 CMMU-021
    """
    found = parts(con)
    for name, attrs in PARTS.items():
        va = found[name]
        text = con.ok(f'mmu walk {va:x}')
        assert f'4K {va:x} -> {va:x} {attrs}' in text
        assert '(pfa)' not in text and '(static)' not in text
        assert text.endswith(f'hardware: pa {va:x}, agrees')
    now = info(con)
    assert (now['static'], now['pfa']) == (0, 0) and now['boot'] > 5
    by_va = {leaf.va: leaf for leaf in live(con)}
    for name, attrs in PARTS.items():
        leaf = by_va[found[name]]
        assert (leaf.size, leaf.attrs) == (4096, attrs)


def test_check_finds_what_is_left(con):
    """Of the image nothing is writable and executable any more

    Proves: CMMU-031
    """
    assert con.ok('mmu check tables') == 'tables  ok'
    assert con.ok('mmu check at').startswith('at      ok')
    wx = con.json('mmu dump wx -j')
    for va in parts(con).values():
        assert not any(int(row['va'], 16) <= va <
                       int(row['va'], 16) + int(row['size'], 16)
                       for row in wx)


def test_image_keeps_its_permissions(fresh):
    """Through splits and merges around it, a change of all RAM, and reset

    Proves: CMMU-028 CMMU-030 CMMU-050 LIV-037
    """
    before = descriptors(fresh), live(fresh)
    own = parts(fresh)
    image = bdinfo(fresh, 'relocaddr') & ~(2 * M - 1)
    for block in (image, image - 2 * M, RAM, bdinfo(fresh, 'sp start') &
                  ~(2 * M - 1)):
        fresh.ok(f'mmu split {block:x} 2M')
    assert parts(fresh) == own
    fresh.ok('mmu check tables; mmu check at')
    fresh.ok('mmu merge 40000000 1G')
    assert (descriptors(fresh), live(fresh)) == before
    mess_up(fresh)
    fresh.ok(f'mmu protect {RAM + 128 * M:x} 64M nx')
    assert parts(fresh) == own
    fresh.ok('dcache off; dcache on; mmu reset')
    assert (descriptors(fresh), live(fresh)) == before


def test_only_what_is_named_changes_with_force(fresh):
    """A page of code made writable is that and nothing else; reset takes it
    back bit for bit

    Proves: CMMU-028 CMMU-053
    """
    before = live(fresh)
    # Some of it handles faults, which no -f changes
    va = next(va for va in range(parts(fresh)['code'], 1 << 48, 0x1000)
              if fresh.fails(f'mmu protect {va:x} 1000 rw').endswith(
                  "holds U-Boot's code; -f insists"))
    fresh.ok(f'mmu protect {va:x} 1000 rw -f')
    changed = [leaf for leaf in live(fresh) if leaf not in before]
    assert [(leaf.va, leaf.size, leaf.attrs) for leaf in changed] == \
        [(va, 4096, 'rw,x,wb')]
    fresh.ok('mmu reset')
    assert live(fresh) == before


def test_writes_to_the_image_are_caught(fresh):
    """U-Boot's own permissions are told as such; a guard takes what is left,
    and gives no more back than that

    Proves: FLT-007 FLT-084 FLT-085
    """
    before = live(fresh)
    own = parts(fresh)
    for va in own['code'] + 0x1000, own['constants']:
        assert fresh.run(f'mw.l {va:x} 1')[1] == 1
        assert fresh.env('fault_kind') == 'write-perm'
    # The page in front of the constants is of neither
    gap = own['constants'] - 0x1000
    fresh.ok(f'mw.b {gap + 0xfff:x} 0')
    fresh.ok('mmu guard text on')
    assert fresh.run(f'mw.b {gap + 0xfff:x} 0')[1] == 1
    fresh.ok('mmu guard text off')
    assert live(fresh) == before


@pytest.mark.parametrize('kind', ['alias', 'emergency'])
def test_windows_from_a_protected_image(fresh, kind):
    """What U-Boot stands on is changed from either kind of window

    Proves: LIV-002 LIV-036 LIV-037
    """
    if kind == 'emergency':
        fresh.ok(f'mmu map 4040000000 4040000000 {255 * G:x} dev')
    before = descriptors(fresh)
    crc = fresh.ok(f'crc32 {RAM:x} 1000000')
    stack = bdinfo(fresh, 'sp start') & ~(2 * M - 1)
    fresh.ok(f'mmu split {stack:x} 2M; mmu merge {stack:x} 2M')
    now = info(fresh)
    assert (int(now['alias_windows'], 16), int(now['emergency_windows'], 16)) \
        == ((2, 0) if kind == 'alias' else (0, 2))
    assert fresh.ok(f'crc32 {RAM:x} 1000000') == crc
    assert descriptors(fresh) == before
    fresh.ok(f'mmu map {HOLE:x} {RAM:x} 4K; mmu unmap {HOLE:x} 4K')
    fresh.restart()
