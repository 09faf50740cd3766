# SPDX-License-Identifier: GPL-2.0+
"""Faults by the thousand, for a tier of its own: make test-faults"""

import os
import random

import pytest

from mmu_pfa_helper import con  # pylint: disable=W0611

pytestmark = [pytest.mark.buildconfigspec('cmd_mmu'), pytest.mark.slow]

LINES = 10000
SEED = 20250106
# As many as fit on a command line
BATCH = 6

# QEMU virt with 1 GiB, as ranges: memory that nobody uses; a part of it that
# is used again and again; addresses where nothing answers; holes; some pages
# of a hole, so that one command meets what another has mapped; addresses that
# no table can map
RAM = (0x41000000, 0x50000000)
BUSY = (0x48000000, 0x48004000)
NOTHING = (0x80000000, 0x4000000000)
HOLES = (0x4020000000, 0x8000000000)
ARENA = (0x5000000000, 0x5000100000)
BEYOND = (0x10000000000, 0xfffffffffffffff0)
FLASH = (0x0, 0x4000000)

ATTRS = ('rw', 'ro', 'none', 'ro,x', 'rw,nx,wb', 'nc', 'dev', 'dev-nGnRE',
         'rw,x', 'wb,osh', 'rw,rw')


class Lines:
    """Random command lines, the same ones for a seed"""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def addr(self, *ranges, align=1):
        low, high = self.random.choice(ranges)
        addr = self.random.randrange(low, high)
        if self.random.random() < 0.9:
            addr -= addr % align
        return f'{addr:x}'

    def page(self, *ranges):
        return self.addr(*ranges, align=0x1000)

    def size(self):
        return self.random.choice(('1000', '1000', '2000', '4K', '10000',
                                   '64K', '200000', '2M', '0', '1001'))

    def count(self):
        return f'{self.random.randrange(1, 0x20):x}'

    def width(self):
        return self.random.choice(('', '.b', '.w', '.l', '.q'))

    def value(self):
        return f'{self.random.getrandbits(8):x}'

    def any_access(self):
        pick = self.random.randrange(6)
        read = self.addr(RAM, BUSY, NOTHING, HOLES, ARENA, ARENA, BEYOND,
                         FLASH)
        # What is written to is never a device
        write = self.addr(RAM, BUSY, NOTHING, HOLES, ARENA, ARENA, BEYOND)
        width = self.width()
        return (f'md{width} {read} {self.count()}',
                f'mw{width} {write} {self.value()} {self.count()}',
                f'cp{width} {read} {write} {self.count()}',
                f'mmu md{width} {read} {self.count()}',
                f'mmu peek{width} {read}',
                f'mmu poke{width} {write} {self.value()}')[pick]

    def any_mmu(self):
        pick = self.random.randrange(9)
        va = self.page(ARENA, ARENA, ARENA, RAM, HOLES)
        attrs = self.random.choice(ATTRS)
        limit = self.random.choice(('', '', ' -4k', ' -2m'))
        return (f'mmu map {va} {self.page(RAM, RAM, NOTHING)} {self.size()} '
                f'{attrs}{limit}',
                f'mmu map * {self.page(RAM)} {self.size()} {attrs}{limit}',
                f'mmu unmap {va} {self.size()}',
                f'mmu protect {va} {self.size()} {attrs}',
                f'mmu split {va} {self.size()}',
                f'mmu merge {va} {self.size()}',
                f'mmu walk {va}',
                f'mmu v2p {va}',
                f'mmu probe{self.width()} {self.addr(RAM, NOTHING)}')[pick]

    def watched(self):
        """Some bytes, often of the memory that all lines use"""
        low, high = self.random.choice((RAM, BUSY, BUSY, ARENA))
        size = self.random.choice((1, 4, 8, 0x40, 0x1000, 0x1800, 0x40000))
        return f'{self.random.randrange(low, high):x} {size:x}'

    def any_guard(self):
        pick = self.random.randrange(12)
        access = self.random.choice(('', ' r', ' w', ' rw', ' rwx', ' x'))
        limit = self.random.choice(('', '', ' -n 1', ' -n 20'))
        guard = self.random.choice(('null', 'stack', 'text'))
        which = self.random.choice('12345678')
        return (f'mmu watch {self.watched()}{access}{limit}',
                f'mmu watch {self.watched()}{access}{limit}',
                f'mmu watch {self.watched()} rw',
                f'mmu watch del {which}',
                f'mmu watch del {which}',
                f'mmu watch rearm {which}',
                'mmu watch',
                f'mmu guard {guard} on',
                f'mmu guard {guard} off',
                'mmu fault log',
                'mmu fault clear',
                f'mmu try {self.any_access()}')[pick]

    def mmu_off(self):
        """What is done between is without any table"""
        return f'dcache off; {self.any_access()}; dcache on'

    def sweep(self):
        width = self.random.choice(('.b', '.w', '.l', '.q'))
        return f'mmu probe{width} {self.page(RAM, NOTHING)} ' \
            f'{self.random.randrange(1, 0x100):x}000'

    def any_pfa(self):
        pick = self.random.randrange(6)
        order = self.random.randrange(8)
        return (f'pfa alloc {self.size()} -t storm frame',
                f'pfa alloc o{order} -t storm',
                'pfa free $frame',
                f'pfa free {self.page(RAM, HOLES)}',
                'pfa free -t storm',
                f'pfa reserve {self.page(RAM)} {self.size()} -t storm')[pick]

    def line(self):
        kind = self.random.random()
        if kind < 0.55:
            return self.any_access()
        if kind < 0.75:
            return self.any_mmu()
        if kind < 0.87:
            return self.any_guard()
        if kind < 0.89:
            return self.sweep() if kind < 0.88 else self.mmu_off()
        return self.any_pfa()


def test_random_lines(con):
    """10,000 lines with random addresses: the prompt is there, and all is well

    Watches and guards come and go meanwhile, and the MMU goes off and on.

    Proves: FLT-037
    """
    con.restart()
    lines = Lines(int(os.environ.get('STORM_SEED', SEED)))
    before = con.ok('mmu dump')
    with con.raw.temporary_timeout(60000):
        for _ in range(0, LINES, BATCH):
            con.raw.run_command('; '.join(lines.line()
                                          for _ in range(BATCH)))
    assert con.ok('echo alive') == 'alive'
    # Not a walk in the park
    assert int(con.json('mmu info -j')[-1]['faults'], 16) > LINES // 5
    hits = con.json('mmu watch log -j')
    assert len(hits) == 128 and int(hits[-1]['n'], 16) > LINES // 10
    con.ok('pfa check')
    con.ok('mmu check tables')
    con.ok('mmu watch del all')
    for guard in ('null', 'stack', 'text'):
        con.ok(f'mmu guard {guard} off')
    con.ok('mmu check tables')
    con.ok('mmu reset')
    con.run('pfa free -t storm')
    con.ok('pfa check')
    con.ok('mmu check tables')
    assert con.ok('mmu dump') == before


@pytest.mark.buildconfigspec('unit_test')
def test_ten_thousand_faults(con):
    """10,000 faults in one U-Boot, with the heap walked after each thousand

    Proves: FLT-038
    """
    con.restart()
    before = int(con.json('mmu info -j')[-1]['faults'], 16)
    with con.raw.temporary_timeout(120000):
        for _ in range(10):
            text = con.ok('ut lib mmu_pfa_fault_thousand')
            assert 'ailures: 0' in text[-60:]
    faults = int(con.json('mmu info -j')[-1]['faults'], 16) - before
    assert faults >= 10000
    con.ok('pfa check')
    con.ok('mmu check tables')
