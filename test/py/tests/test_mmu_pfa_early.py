# SPDX-License-Identifier: GPL-2.0+
"""Faults at boot: before there are commands, and in those that boot runs

A device tree that is wrong about one device makes a driver fault.
"""

import os
import re

import pytest

from mmu_pfa_helper import con, fresh  # pylint: disable=W0611
from mmu_pfa_qemu import Qemu

pytestmark = pytest.mark.buildconfigspec('cmd_mmu')

# QEMU virt: not mapped; RAM, with the device tree at its start
UNMAPPED = 0x4020000000
TREE = 0x40000000
# Where the first of the virtio devices is, and how much of it, as cells
VIRTIO = (0xa000000).to_bytes(8, 'big') + (0x200).to_bytes(8, 'big')

BOOT_MS = 60000


@pytest.fixture
def boot(fresh):
    """A function that boots anew, with a virtio device where there is none

    and gives what is shown up to U-Boot's reset.
    """
    path = f'{fresh.raw.config.persistent_data_dir}/wrong.dtb'
    with Qemu(fresh) as qemu:
        size = int.from_bytes(qemu.read(TREE, 8)[4:], 'big')
        tree = qemu.read(TREE, size)
    assert tree.count(VIRTIO) == 1
    wrong = tree.replace(VIRTIO, UNMAPPED.to_bytes(8, 'big') + VIRTIO[8:])

    def boot_until_reset():
        with open(path, 'wb') as file:
            file.write(wrong)
        saved = os.environ.get('UB_QEMU_EXTRA', '')
        os.environ['UB_QEMU_EXTRA'] = f'{saved} -dtb {path}'
        try:
            fresh.raw.cleanup_spawn()
            console = fresh.raw.p = fresh.raw.get_spawn()
        finally:
            os.environ['UB_QEMU_EXTRA'] = saved
        console.logfile_read = fresh.raw.logstream
        console.timeout = BOOT_MS
        console.expect(['Resetting CPU'])
        return console.before.replace('\r', '')

    yield boot_until_reset
    fresh.restart()


def test_fault_in_a_driver_at_boot(boot):
    """No command runs yet: U-Boot's own report, and nothing else

    Proves: FLT-163
    """
    text = boot()
    assert 'U-Boot 20' in text and '=> ' not in text
    esr = int(re.search(r'"Synchronous Abort" handler, esr 0x([0-9a-f]+)',
                        text).group(1), 16)
    # At EL2 QEMU also fills in ISS[24:14], which it need not
    assert (esr >> 26, esr & 0x3f) == (0x25, 0x06)
    assert re.search(r'^elr: [0-9a-f]{16} lr : [0-9a-f]{16} \(reloc\)$', text,
                     re.MULTILINE)
    assert f'{UNMAPPED:016x}' in text       # the register with the address
    assert 'fault: ' not in text and 'mmu' not in text


@pytest.mark.parametrize('name', ['preboot', 'bootcmd'])
def test_fault_in_a_command_at_boot(con, name):
    """What boot runs are commands like any other

    Proves: FLT-163
    """
    con.restart(env={name: f'md {UNMAPPED:x} 1; echo status $?',
                     'bootdelay': '-2'})
    record, = con.json('mmu fault last -j')
    assert record['addr'] == f'0x{UNMAPPED:x}'
    assert con.env('fault_kind') == 'unmapped'
    con.restart()
