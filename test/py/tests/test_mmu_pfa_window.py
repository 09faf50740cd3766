# SPDX-License-Identifier: GPL-2.0+
"""Changing what the CPU stands on, at each exception level"""

import re
import shutil
import subprocess

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_helper import level, one_block
from test_mmu_pfa_handover import G, M, RAM, descriptors, info

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

MACHINES = {1: '-M virt,virtualization=off,secure=off',
            2: '-M virt,virtualization=on,secure=off',
            3: '-M virt,virtualization=off,secure=on'}

# All that U-Boot's L1 table has free: no place for an alias is left
FREE_L1, FREE_L1_SIZE = 0x4040000000, 255 * G

# The fault status of a translation fault in a PAR, at L1 and at L2
FAULT_L1, FAULT_L2 = 0x0b, 0x0d


@pytest.fixture(params=MACHINES, ids=lambda level: f'EL{level}')
def at_each_level(request, con):
    """U-Boot, just booted, at one of the exception levels"""
    con.restart(qemu=MACHINES[request.param])
    assert info(con)['el'] == request.param
    yield con
    con.restart()


def windows(con):
    now = info(con)
    return int(now['alias_windows'], 16), int(now['emergency_windows'], 16)


def instructions(con):
    now = info(con)
    return int(now['tlbi'], 16), int(now['dsb'], 16)


def stood_on(con):
    """Code, stack, global data, heap, tables, as whole blocks of 2 MiB"""
    text = con.ok('bdinfo')
    addrs = [int(re.search(rf'{name}\s+= 0x([0-9a-f]+)', text).group(1), 16)
             for name in ('relocaddr', 'sp start', 'irq_sp', 'fdt_blob')]
    addrs.append(int(info(con)['root'], 16))
    return sorted({addr & ~(2 * M - 1) for addr in addrs})


def sums(con):
    """RAM that nobody writes, and what is next to the image"""
    top = stood_on(con)[0]
    return con.ok(f'crc32 {RAM:x} 2000000; crc32 {top - 4 * M:x} 400000')


@pytest.mark.parametrize('kind', ['alias', 'emergency'])
def test_live_split_and_merge(at_each_level, kind):
    """1G to 2M to 4K under U-Boot's feet and back, content unharmed

    Proves: LIV-002 LIV-036 LIV-037 LIV-127
    """
    con = at_each_level
    con.ok(f'mw.l {RAM:x} 600df00d 1000; mw.l {RAM + 24 * M:x} 1 100')
    before = descriptors(con)
    if kind == 'emergency':
        con.ok(f'mmu map {FREE_L1:x} {FREE_L1:x} {FREE_L1_SIZE:x} dev')
    content = sums(con)
    # U-Boot itself may have split the one of the image
    blocks = [block for block in stood_on(con) if level(con, block) < 3]
    assert len(blocks) > 1
    done = instructions(con)
    for block in blocks:
        con.ok(f'mmu split {block:x} 2M')
    con.ok('mmu check tables; mmu check at')
    assert sums(con) == content
    con.ok('dcache off; dcache on')
    assert sums(con) == content
    split = windows(con)
    # One for each block of 2M; the 1G block went with the first
    assert split == ((len(blocks), 0) if kind == 'alias' else
                     (0, len(blocks)))
    # Nothing but windows: break and alias; all stores, and both invalidations
    count = [now - then for now, then in zip(instructions(con), done)]
    if kind == 'alias':
        assert count == [2 * len(blocks), 7 * len(blocks)]
    else:
        assert count == [0, 3 * len(blocks)]
    con.ok('mmu merge 40000000 1G')
    assert sums(con) == content
    # Back in one, or each where U-Boot's own table holds them
    assert sum(windows(con)) == len(blocks) + \
        (1 if one_block(con) else len(blocks))
    con.ok('dcache off; dcache on; md 40000000 1')
    con.ok('mmu reset')
    assert descriptors(con) == before


# There the table is U-Boot's own, which gets no hints
@pytest.mark.notbuildconfigspec('mmu_pgprot')
@pytest.mark.parametrize('kind', ['alias', 'emergency'])
def test_contiguous_run_under_a_zone(at_each_level, kind):
    """Its 16 entries lose the hint in one window, and only where it is cut

    Proves: LIV-120
    """
    con = at_each_level
    before = descriptors(con)
    if kind == 'emergency':
        con.ok(f'mmu map {FREE_L1:x} {FREE_L1:x} {FREE_L1_SIZE:x} dev')
    con.ok('mmu protect 50000000 2000000 nx; mmu merge 40000000 1G')
    assert '16 contiguous' in con.ok('mmu walk 50000000')
    con.ok('mw.l 50000000 600df00d 1000; pfa add 50000000 4M')
    start = sum(windows(con))
    con.ok('mmu protect 51000000 2000000 nx')
    assert '16 contiguous' in con.ok('mmu walk 50000000')
    assert '16 contiguous' not in con.ok('mmu walk 52000000')
    assert sum(windows(con)) == start
    con.ok('mmu protect 50c00000 1000 ro')
    assert 'contiguous' not in con.ok('mmu walk 50000000')
    assert sum(windows(con)) == start + 1
    con.ok('mmu check tables; mmu check at; pfa check')
    assert con.ok('md.l 50001000 1').startswith('50001000: 600df00d')
    con.ok('mmu reset')
    assert descriptors(con) == before


# There the code of the window is in pages, which no split breaks
@pytest.mark.notbuildconfigspec('mmu_pgprot')
def test_nothing_translates_during_the_break(at_each_level):
    """The hardware itself, asked in the window for U-Boot's own code, says so

    Proves: LIV-002
    """
    con = at_each_level
    image = int(re.search(r'relocaddr\s+= 0x([0-9a-f]+)',
                          con.ok('bdinfo')).group(1), 16) & ~(2 * M - 1)
    status = []
    for block in (RAM, image, image + 2 * M):
        con.ok(f'mmu split {block:x} 2M')
        status.append(int(info(con)['window_par'], 16) & 0x7f)
    assert status[0] == FAULT_L1
    # In one of the blocks that the image is in is the code of the window
    assert FAULT_L2 in status[1:]
    con.ok('mmu reset')


@pytest.mark.buildconfigspec('unit_test')
def test_no_operation_forgets_the_tlb(at_each_level):
    """Each exception level has TLB instructions of its own

    Proves: LIV-060 LIV-061
    """
    text = at_each_level.ok('ut lib lib_test_mmu_pfa_tlb*')
    # Newer releases leave out what is the same in each name
    names = set(re.findall(r'Test: (?:lib_test_)?mmu_pfa_tlb_(\w+)', text))
    assert {'map_after_unmap', 'replace', 'unmap', 'protect', 'type', 'split',
            'merge'} <= names
    assert re.search(r'ailures: 0$', text)


def test_no_window_for_what_nobody_stands_on(con):
    """Others change in place

    Proves: LIV-002
    """
    before = windows(con)
    con.ok('mmu map 5000000000 48000000 4M rw,nx,wb')
    con.ok('mmu protect 5000000000 4K nc; mmu unmap 5000000000 4M')
    assert windows(con) == before


def disassembly(con, name):
    """The instructions of an object file of ours, as (mnemonic, operands)"""
    objdump = 'aarch64-linux-gnu-objdump'
    if not shutil.which(objdump):
        pytest.skip(f'no {objdump} to look at the code with')
    path = f'{con.raw.config.build_dir}/lib/mmu_pfa/arm64/{name}.o'
    text = subprocess.run([objdump, '-dr', '--no-show-raw-insn', path],
                          check=True, capture_output=True, text=True).stdout
    return [line.strip() for line in text.split('\n') if '\t' in line]


def test_code_of_the_alias_window_uses_registers_only(con):
    """No call, no stack, no literal, no other memory than the entry

    Proves: LIV-113
    """
    code = [line.split('\t')[1:] for line in disassembly(con, 'window_stub')]
    words = [line[0] for line in code]
    assert words[-1] == 'ret' and words.count('ret') == 1
    assert words.count('at') == words.count('tlbi') == 3
    assert set(words) <= {'mrs', 'msr', 'ldr', 'str', 'dsb', 'isb', 'cmp',
                          'tlbi', 'at', 'b', 'b.cc', 'b.lo', 'b.eq', 'b.ne',
                          'mov', 'and', 'eor', 'orr', 'subs', 'ret'}
    # x5 is a copy of x0, the alias of the entries
    memory = [line[1] for line in code if '[' in line[-1]]
    assert memory == ['x7, [x5]', 'x7, [x5], #8', 'x7, [x0]', 'x7, [x0], #8']
    # It fits the alignment that keeps it within a page
    assert 4 * len(code) <= 256


def test_code_of_the_emergency_window_calls_nothing(con):
    """Between the two switches of the tree nothing is called that could print
    or allocate

    Proves: LIV-113
    """
    lines = disassembly(con, 'window')
    switches = [i for i, line in enumerate(lines)
                if re.search(r'R_AARCH64_\w+\s+__asm_switch_ttbr$', line)]
    assert len(switches) == 2
    inside = lines[switches[0] + 1:switches[1] - 1]
    assert inside and not any('R_AARCH64_' in line for line in inside)
    words = {line.split('\t')[1] for line in inside}
    assert not words & {'bl', 'blr', 'br', 'ret', 'svc', 'b'}
    assert {'str', 'dsb'} <= words


def test_info_counts_windows(con):
    """In words too

    Proves: LIV-036
    """
    alias, emergency = windows(con)
    assert f'windows  {alias} alias  {emergency} emergency tree' in \
        con.ok('mmu info')
