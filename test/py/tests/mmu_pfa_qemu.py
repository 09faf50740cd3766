# SPDX-License-Identifier: GPL-2.0+
"""What QEMU itself says about the board: an oracle beside the commands

Nothing here is taken from the extension: the translation is the one of QEMU's
own MMU, memory is read past the board's CPU, and descriptors are decoded from
the Arm ARM, D8.3, by a decoder of its own.
"""

import json
import os
import re
import socket
from dataclasses import dataclass

import pytest

PAGE = 4096
ENTRIES = 512
ADDRESS = 0x0000fffffffff000

# What U-Boot puts into MAIR, by index
MEMORY_TYPES = ('dev', 'dev-nGnRE', 'dev-GRE', 'nc', 'wb')
# By the field SH
SHAREABILITY = ('nsh', 'reserved', 'osh', 'ish')


class Qemu:
    """A connection to QEMU's machine protocol; the board stands still in it

        with Qemu(con) as qemu:
            qemu.translate(0x40000000)
    """

    def __init__(self, con):
        self.data = con.raw.config.persistent_data_dir
        if not os.path.exists(f'{self.data}/qmp.sock'):
            pytest.skip(f'no {self.data}/qmp.sock to ask QEMU through')

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        # By the directory's descriptor: a socket's name has to be short
        directory = os.open(self.data, os.O_PATH)
        try:
            self.socket.connect(f'/proc/self/fd/{directory}/qmp.sock')
        finally:
            os.close(directory)
        self.lines = self.socket.makefile('r')
        json.loads(self.lines.readline())       # the greeting
        self.ask('qmp_capabilities')
        self.ask('stop')
        return self

    def __exit__(self, *_):
        self.ask('cont')
        self.lines.close()
        self.socket.close()

    def ask(self, command, **arguments):
        """Execute a command of the protocol; return its answer"""
        self.socket.sendall(json.dumps(
            {'execute': command, 'arguments': arguments}).encode())
        while True:
            answer = json.loads(self.lines.readline())
            assert 'error' not in answer, f'{command}: {answer}'
            if 'return' in answer:      # and not an event
                return answer['return']

    def translate(self, va):
        """The physical address that QEMU's MMU gives, or None"""
        text = self.ask('human-monitor-command',
                        **{'command-line': f'gva2gpa {va:#x}'}).strip()
        if text == 'Unmapped':
            return None
        name, value = text.split()
        assert name == 'gpa:', text
        return int(value, 16)

    def registers(self):
        """The general registers: [x0, x1, ...]"""
        text = self.ask('human-monitor-command',
                        **{'command-line': 'info registers'})
        return [int(value, 16) for value in
                re.findall(r'\bX\d\d=([0-9a-f]{16})', text)]

    def read(self, pa, size):
        """Bytes of RAM"""
        self.ask('pmemsave', val=pa, size=size, filename='page.bin')
        with open(f'{self.data}/page.bin', 'rb') as page:
            data = page.read()
        assert len(data) == size, f'{pa:x}: {len(data)} bytes of memory'
        return data

    def read_page(self, pa):
        """The 512 words of 64 bits of a page of RAM"""
        data = self.read(pa, PAGE)
        return [int.from_bytes(data[i:i + 8], 'little')
                for i in range(0, PAGE, 8)]


def attr_words(access, execute, memory, share):
    """As the commands write them: without the shareability that is usual"""
    usual = 'nsh' if memory.startswith('dev') else 'ish'
    return ','.join([access, execute, memory,
                     *([share] if share != usual else [])])


@dataclass(frozen=True)
class Leaf:
    """A block or page descriptor, decoded"""
    va: int
    size: int
    pa: int
    attrs: str      # as the commands write them
    bits: int       # all of the descriptor but its address
    contiguous: bool


def attributes(pte, el):
    """Permissions, memory type, shareability of a block or page descriptor"""
    if not pte & 1:
        access = 'none'
    else:
        access = 'ro' if pte >> 7 & 1 else 'rw'
    never = pte >> 53 & 1 if el == 1 else pte >> 54 & 1
    return attr_words(access, 'nx' if never else 'x',
                      MEMORY_TYPES[pte >> 2 & 7], SHAREABILITY[pte >> 8 & 3])


def leaves(qemu, root, va_bits, el):
    """All leaves of the tree at root, in order of their addresses"""
    first = (48 - va_bits) // 9         # the level that root is of
    found = []

    def visit(table, level, base):
        shift = 39 - 9 * level
        for index, pte in enumerate(qemu.read_page(table)):
            va = base + (index << shift)
            if not pte or va >> va_bits:
                continue
            kind = pte & 3
            assert kind != 1 or level in (1, 2), f'block of level {level}'
            if kind == 3 and level < 3:
                # APTable, XNTable, PXNTable: would hold for all below
                assert not pte >> 59, f'{va:x}: {pte:x} restricts a table'
                visit(pte & ADDRESS, level + 1, va)
                continue
            assert kind in (0, 1, 3), f'{va:x}: {pte:x}'
            size = 1 << shift
            pa = pte & ADDRESS
            assert pa % size == 0, f'{va:x}: {pte:x} is not aligned'
            found.append(Leaf(va, size, pa, attributes(pte, el),
                              pte & ~ADDRESS,
                              bool(pte & 1 and pte >> 52 & 1)))

    visit(root, first, 0)
    check_contiguous(found)
    return found


def check_contiguous(found):
    """The hint stands in all 16 entries of a group that is one, or in none"""
    by_va = {leaf.va: leaf for leaf in found}
    for leaf in found:
        if not leaf.contiguous:
            continue
        start = leaf.va - leaf.va % (16 * leaf.size)
        group = by_va.get(start)
        assert group and group.pa % (16 * leaf.size) == 0, f'{leaf.va:x}'
        for i in range(16):
            other = by_va.get(start + i * leaf.size)
            assert other == Leaf(start + i * leaf.size, leaf.size,
                                 group.pa + i * leaf.size, leaf.attrs,
                                 leaf.bits, True), \
                f'{leaf.va:x} is not like {start:x}'


def merged(pieces):
    """Join neighbours of (va, size, pa, attrs) that go on the same way"""
    joined = []
    for va, size, pa, attrs in pieces:
        if joined:
            last = joined[-1]
            if (last[0] + last[1], last[2] + last[1], last[3]) == \
               (va, pa, attrs):
                joined[-1] = (last[0], last[1] + size, last[2], attrs)
                continue
        joined.append((va, size, pa, attrs))
    return joined


def lookup(regions, va):
    """The physical address that regions of merged() give, or None"""
    for start, size, pa, attrs in regions:
        if start <= va < start + size:
            return None if attrs.startswith('none') else pa + va - start
    return None
