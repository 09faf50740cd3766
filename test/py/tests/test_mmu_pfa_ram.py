# SPDX-License-Identifier: GPL-2.0+
"""What holds with any amount of RAM, on each of the boards there are

With 256 MiB U-Boot, its tables and the PFA share few blocks; beyond 3 GiB RAM
has addresses of more than 32 bits; with 16 GiB U-Boot stands in another block
than the one that the boot scripts load to.
"""

import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_qemu import Qemu, leaves, merged

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

HOLE = 0x5000000000
M = 1 << 20
G = 1 << 30
START = 0x40000000


def bdinfo(con, name):
    text = con.ok('bdinfo')
    return int(re.search(rf'{name}\s+= 0x([0-9a-f]+)', text).group(1), 16)


def ram(con):
    """The address after the last of RAM"""
    return START + bdinfo(con, '-> size')


def zones(con):
    """[(first address, address after the last)]"""
    rows = [row for row in con.json('pfa info -j') if 'zone' in row]
    return [(int(row['zone'], 16), int(row['zone'], 16) +
             int(row['size'], 16)) for row in rows]


def live(con):
    """All leaves of the live tree, as a decoder of its own reads them"""
    row = con.json('mmu info -j')[0]
    with Qemu(con) as qemu:
        return leaves(qemu, int(row['root'], 16), row['va_bits'], row['el'])


def test_board_is_the_one_asked_for(con):
    """Level, CPU and RAM are those that the board's identity names

    Proves: BLD-071
    """
    words = con.raw.config.board_identity.split('-')
    sizes = [word for word in words if re.fullmatch(r'\d+[mg]', word)]
    size = sizes[0] if sizes else '1g'
    assert ram(con) - START == \
        int(size[:-1]) * {'m': M, 'g': G}[size[-1]]
    with Qemu(con) as qemu:
        kind = qemu.ask('query-cpus-fast')[0]['qom-path']
        kind = qemu.ask('qom-get', path=kind, property='type')
    assert kind == f'{"max" if "max" in words else "cortex-a57"}-arm-cpu'
    assert con.json('mmu info -j')[0]['el'] == con.level


def test_starts_at_the_top_of_ram(fresh):
    """With 1/16 of what LMB has free, 4M to 64M, below U-Boot; LMB knows

    Proves: CPFA-001 CPFA-005 LIV-081
    """
    end = ram(fresh)
    (first, last), = zones(fresh)
    free = end - START - 48 * M
    assert min(free // 16, 64 * M) * 3 // 4 < last - first <= 64 * M
    assert end - 64 * M < last < end - 32 * M
    taken = re.findall(r'reserved\[\d+\]\s+\[0x([0-9a-f]+)-0x([0-9a-f]+)\]',
                       fresh.ok('bdinfo'))
    assert any(int(low, 16) <= first and last - 1 <= int(high, 16)
               for low, high in taken)


def test_grows_to_most_of_ram_and_back(fresh):
    """Much of RAM in one piece, and then all there is; and back to LMB

    Proves: CPFA-005 LIV-081
    """
    fresh.ok('pfa trim')
    before = fresh.ok('bdinfo')
    # The largest block is 1 GiB
    size = min((ram(fresh) - START) // 4, G)
    text = fresh.ok(f'pfa alloc {size:x} -t part where')
    place = int(fresh.env('where'), 16)
    assert f'at {place:x}' in text and place % size == 0
    for at in (place, place + size - 4):
        fresh.ok(f'mw.l {at:x} {at & 0xffffffff:x}')
    for at in (place, place + size - 4):
        assert f'{at & 0xffffffff:08x}' in fresh.ok(f'md.l {at:x} 1')
    assert any(first <= place and place + size <= last
               for first, last in zones(fresh))
    fresh.ok('pfa free -t part; setenv where')
    for order in range(18, 3, -1):
        while fresh.run(f'pfa alloc o{order} -t all')[1] == 0:
            pass
    held = sum(end - start for start, end in zones(fresh))
    # But for what U-Boot itself takes
    assert held > (ram(fresh) - START - 48 * M) * 3 // 4
    assert 'ok' in fresh.ok('pfa check')
    fresh.ok('pfa free -t all; pfa trim')
    assert not zones(fresh)
    assert fresh.ok('bdinfo') == before
    fresh.restart()


def test_split_of_what_uboot_runs_on_at_any_place(fresh):
    """Image, stack and tables in pages, and back, bit for bit

    Proves: LIV-002 LIV-081
    """
    boot = live(fresh)
    for name in ('relocaddr', 'sp start', 'TLB addr'):
        at = bdinfo(fresh, name) & ~(2 * M - 1)
        fresh.ok(f'mmu split {at:x} 2M')
        sizes = {leaf.size for leaf in live(fresh)
                 if at <= leaf.va < at + 2 * M}
        assert sizes == {4096}
    assert merged((leaf.va, leaf.size, leaf.pa, leaf.attrs)
                  for leaf in live(fresh)) == \
        merged((leaf.va, leaf.size, leaf.pa, leaf.attrs) for leaf in boot)
    block = bdinfo(fresh, 'relocaddr') & ~(G - 1)
    fresh.ok(f'mmu merge {block:x} 1G')
    assert live(fresh) == boot
    edits = fresh.json('mmu info -j')[-1]
    assert int(edits['windows'], 16) == 4


def test_ends_of_ram_under_two_addresses(con):
    """The first and the last free page, read and written through an alias

    Proves: CMMU-003 LIV-081
    """
    con.ok('pfa alloc 1000 page')
    last = int(con.env('page'), 16)
    for pa in (START + 2 * M, last):
        con.ok(f'mmu map {HOLE:x} {pa:x} 1000')
        con.ok(f'mw.l {HOLE + 0xffc:x} {pa >> 8:x}')
        assert f'{pa >> 8:08x}' in con.ok(f'md.l {pa + 0xffc:x} 1')
        with Qemu(con) as qemu:
            assert qemu.translate(HOLE + 0x123) == pa + 0x123
        con.ok(f'mmu unmap {HOLE:x} 1000')
    con.ok('pfa free $page; setenv page')


def test_fault_behind_the_end_of_ram(con):
    """Mapped, but nothing answers: the command fails, the prompt is back

    Proves: FLT-003 LIV-081
    """
    end = ram(con)
    text, status = con.run(f'md.l {end:x} 1')
    assert status == 1
    assert f'fault: read bus at {end:x}' in text
    assert con.ok('echo alive') == 'alive'


def columns(line):
    """Where the words of a line end"""
    return [word.end() for word in re.finditer(r'\S+', line)]


def test_stat_of_large_counts(fresh):
    """Counts of five digits, and of six, keep their columns and their order

    Proves: CPFA-082 CLI-012
    """
    large = '16g' in fresh.raw.config.board_identity
    # a table for each 2 MiB
    for size, digits in [('20G', 5)] + [('200G', 6)] * large:
        with fresh.raw.temporary_timeout(600000):
            fresh.ok(f'mmu map 4040000000 8000000000 {size} -4k')
        counts = {}
        for row in fresh.json('pfa stat -j'):
            if 'order' in row:
                both = counts.setdefault(f'o{row["order"]}', [0, 0])
                both[0] += row['free']
                both[1] += row['used']
        assert len(str(counts['o0'][1])) == digits
        lines = fresh.ok('pfa stat').split('\n')
        shown = {}
        while lines[0].startswith('order'):
            rows = [line.split() for line in lines[:3]]
            assert columns(lines[0])[1:] == columns(lines[1])[1:] == \
                columns(lines[2])[1:]
            for order, free, used in zip(*(row[1:] for row in rows)):
                shown[order] = [int(free), int(used)]
            lines = lines[3:]
        assert all(counts[order] == both for order, both in shown.items())
        assert all(both == [0, 0] for order, both in counts.items()
                   if order not in shown)
        with fresh.raw.temporary_timeout(600000):
            fresh.ok(f'mmu unmap 4040000000 {size}')
    fresh.ok('pfa stop; pfa start')
