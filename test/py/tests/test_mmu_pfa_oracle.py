# SPDX-License-Identifier: GPL-2.0+
"""The commands, the tables in memory and QEMU's own MMU tell the same

Random commands change the map. Then everything is compared with everything:
what a model of the commands expects, what 'mmu dump' says, what the
descriptors in memory say to a decoder that shares no code with the extension,
and what QEMU translates addresses to.

MMU_PFA_SEED chooses another sequence of commands.
"""

import os
import random

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_qemu import Qemu, attr_words, leaves, lookup, merged

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

M = 1 << 20
PAGE = 4096
SEED = int(os.environ.get('MMU_PFA_SEED', '20250107'))
ROUNDS = 25
COMMANDS = 8        # in each round, before everything is compared
ADDRESSES = 100     # translated in each round

# Where commands change the map: free addresses, across a boundary of 1 GiB,
# and RAM at its own address, inside the block that U-Boot runs in
FREE = (0x503e000000, 32 * M)
LIVE = (0x50000000, 16 * M)
# What the free addresses are mapped to
TARGET = (0x48000000, 64 * M)


class Model:
    """What the map should be: {page: [pa, access, execute, type, share]}"""

    def __init__(self, con):
        self.con = con
        self.pages = {page: [page, 'rw', 'x', 'wb', 'ish']
                      for page in range(LIVE[0], sum(LIVE), PAGE)}
        self.done = {}

    def command(self, word, va, size, rest=''):
        """Give a command; was it carried out?"""
        _, status = self.con.run(f'mmu {word} {va:x} {rest}'.rstrip())
        assert status in (0, 1)
        counts = self.done.setdefault(word, [0, 0])
        counts[status] += 1
        return not status, range(va, va + size, PAGE)

    def map(self, va, size, pa, attrs, share, force):
        words = ','.join([*attrs, *([share] if share else [])])
        ok, pages = self.command(
            'map', va, size, f'{pa:x} {size:x} {words} {force}')
        share = share or ('nsh' if attrs[-1] == 'dev' else 'ish')
        assert not ok or force or not any(page in self.pages for page in pages)
        if ok:
            self.pages.update({page: [page - va + pa, *attrs, share]
                               for page in pages})

    def unmap(self, va, size):
        ok, pages = self.command('unmap', va, size, f'{size:x}')
        assert ok == all(page in self.pages for page in pages)
        if ok:
            for page in pages:
                del self.pages[page]

    def protect(self, va, size, column, attr):
        ok, pages = self.command('protect', va, size, f'{size:x} {attr}')
        assert not ok or all(page in self.pages for page in pages)
        if ok:
            for page in pages:
                self.pages[page][column] = attr

    def split(self, va, size):
        self.command('split', va, size, f'{size:x}')

    def merge(self, va, size):
        self.command('merge', va, size, f'{size:x}')

    def regions(self):
        return merged((page, PAGE, what[0], attr_words(*what[1:]))
                      for page, what in sorted(self.pages.items()))


def some_range(rng, room):
    """Some pages, or some blocks of 2 MiB, inside of room"""
    unit = rng.choice((PAGE, PAGE, 16 * PAGE, 2 * M))
    count = room[1] // unit
    first = rng.randrange(count)
    length = min(count - first, rng.choice((1, 1, 2, 5, 16, 40)))
    return room[0] + first * unit, length * unit


def random_command(rng, model):
    """One command that may well make sense"""
    room = rng.choice((FREE, LIVE))
    va, size = some_range(rng, room)
    word = rng.choice(('map', 'map', 'unmap', 'protect', 'protect', 'protect',
                       'split', 'merge'))
    if word == 'map':
        pa = va
        if room == FREE:
            # Often one that lets a block be used
            pa = TARGET[0] + rng.choice((0, PAGE, 2 * M)) + va % (32 * M)
        attrs = [*rng.choice((('rw', 'nx'), ('ro', 'x'), ('ro', 'nx'),
                              ('none', 'nx'))),
                 'wb' if room == LIVE else rng.choice(('wb', 'nc', 'dev'))]
        model.map(va, size, pa, attrs, rng.choice(('', '', '', 'osh', 'nsh')),
                  rng.choice(('', '', '-f')))
    elif word == 'protect':
        column, attr = rng.choice((
            (1, 'ro'), (1, 'rw'), (1, 'none'), (2, 'x'), (2, 'nx'),
            (3, 'nc'), (3, 'wb'), (4, 'osh'), (4, 'ish'), (4, 'nsh')))
        model.protect(va, size, column, attr)
    elif word in ('split', 'merge'):
        getattr(model, word)(va - va % (2 * M), 2 * M)
    else:
        model.unmap(va, size)


def inside(regions, room):
    """The part of regions that lies in room"""
    end = sum(room)
    return [(max(va, room[0]), min(va + size, end) - max(va, room[0]),
             pa + max(va, room[0]) - va, attrs)
            for va, size, pa, attrs in regions
            if va < end and va + size > room[0]]


def some_addresses(rng, regions, va_bits):
    """Where mistakes would show: ends of regions, places inside, and holes"""
    places = []
    for va, size, _, _ in regions:
        places += [va, va + size - 1, va + size, va + rng.randrange(size)]
        places += [va - 1] if va else []
    for room in (FREE, LIVE):
        places += [room[0] + rng.randrange(room[1]) for _ in range(ADDRESSES)]
    places = [va for va in places if not va >> va_bits]
    return rng.sample(places, ADDRESSES)


def compare(con, model, rng):
    """Compare all that is known of the map; return how much was compared"""
    info = con.json('mmu info -j')[0]
    dump = merged((int(row['va'], 16), int(row['size'], 16),
                   int(row['pa'], 16), row['attrs'])
                  for row in con.json('mmu dump -j'))
    translated = 0
    with Qemu(con) as qemu:
        found = merged((leaf.va, leaf.size, leaf.pa, leaf.attrs)
                       for leaf in leaves(qemu, int(info['root'], 16),
                                          info['va_bits'], info['el']))
        assert dump == found
        for room in (FREE, LIVE):
            assert inside(found, room) == inside(model.regions(), room)
        for va in some_addresses(rng, found, info['va_bits']):
            assert qemu.translate(va) == lookup(found, va), f'{va:x}'
            translated += 1
    return translated


def test_random_commands_seen_from_outside(fresh):
    """After random changes all agree: commands, memory, and QEMU's MMU

    Proves: LIV-080
    """
    print(f'MMU_PFA_SEED={SEED}')
    rng = random.Random(SEED)
    model = Model(fresh)
    translated = compare(fresh, model, rng)
    for _ in range(ROUNDS):
        for _ in range(COMMANDS):
            random_command(rng, model)
        translated += compare(fresh, model, rng)
    print(f'{translated} translations; done, refused: {model.done}')
    assert translated >= 2000
    for word in ('map', 'unmap', 'protect', 'split', 'merge'):
        assert model.done[word][0] >= 3, f'{word}: {model.done[word]}'
    fresh.restart()
