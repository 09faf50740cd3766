# SPDX-License-Identifier: GPL-2.0+
"""What an operating system finds when it takes over

The systems are made here: a few words that copy the registers in question to
general ones, where QEMU is asked for them, and stay. booti starts one as an
image of Linux, another is an EFI application that calls ExitBootServices().
"""

import struct
import time

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611
from mmu_pfa_qemu import ADDRESS, Qemu, leaves
from test_mmu_pfa_calls import use_up_tables
from test_mmu_pfa_efi import start, words  # pylint: disable=W0611
from test_mmu_pfa_handover import HANDING_OVER
from test_mmu_pfa_ram import bdinfo

pytestmark = [pytest.mark.buildconfigspec('cmd_mmu'),
              pytest.mark.buildconfigspec('cmd_bootefi')]

# x20 = VBAR, x21 = TTBR0, x22 = SCTLR, of the level that it is at; x28 says so
TELL = '''
    d5384249    mrs     x9, CurrentEL
    f100213f    cmp     x9, #8
    540000a0    b.eq    2f
    d538c014    mrs     x20, vbar_el1
    d5382015    mrs     x21, ttbr0_el1
    d5381016    mrs     x22, sctlr_el1
    14000004    b       3f
    d53cc014 2: mrs     x20, vbar_el2
    d53c2015    mrs     x21, ttbr0_el2
    d53c1016    mrs     x22, sctlr_el2
    d28b5fdc 3: mov     x28, #0x5afe
    14000000    b       .
'''
TOLD = 0x5afe
# As an application: x23 = VBAR at its start, x24 = ExitBootServices()
EXIT_AND_TELL = '''
    aa0003f3    mov     x19, x0
    f940303b    ldr     x27, [x1, #96]
    d5384249    mrs     x9, CurrentEL
    f100213f    cmp     x9, #8
    d538c017    mrs     x23, vbar_el1
    54000041    b.ne    1f
    d53cc017    mrs     x23, vbar_el2
    d14013ff 1: sub     sp, sp, #16384
    d2860009    mov     x9, #12288
    f90003e9    str     x9, [sp]
    910003e0    mov     x0, sp
    910103e1    add     x1, sp, #64
    910023e2    add     x2, sp, #8
    910043e3    add     x3, sp, #16
    910063e4    add     x4, sp, #24
    f9401f69    ldr     x9, [x27, #56]
    d63f0120    blr     x9              GetMemoryMap()
    aa1303e0    mov     x0, x19
    f94007e1    ldr     x1, [sp, #8]
    f9407769    ldr     x9, [x27, #232]
    d63f0120    blr     x9              ExitBootServices()
    aa0003f8    mov     x24, x0
''' + TELL.lstrip('\n')

M_BIT = 1


def linux_image(code):
    """What booti takes for Linux: its header of 64 bytes, and code"""
    # A branch over it, where it wants to be, its size, 4K pages and anywhere
    header = struct.pack('<IIQQQ24x4sI', 0x14000010, 0, 0, 0x10000, 0xa,
                         b'ARM\x64', 0)
    return (header + words(code)).ljust(0x1000, b'\0')


def vectors(con):
    """Where U-Boot's own vectors are, and ours if any, by the linker's map"""
    with open(f'{con.raw.config.build_dir}/System.map',
              encoding='ascii') as symbols:
        at = {name: int(addr, 16) for addr, _, name in
              (line.split() for line in symbols)}
    return [bdinfo(con, 'relocaddr') + at[name] - at['__image_copy_start']
            for name in ('vectors', 'mmu_pfa_vectors') if name in at]


def mess_up(con):
    """Maps, splits, permissions, a watch, guards, a fault that is caught

    And the registers of devices whose drivers are about to be removed.
    """
    con.ok('virtio scan; mmu unmap 3eff0000 64K; mmu unmap 10000000 1M')
    con.ok('mmu map 5000000000 48000000 4M rw,nx,wb -4k')
    con.ok('mmu protect 48000000 1M ro; mmu unmap 8000000 2M')
    con.ok('mmu watch 49000000 10; mmu guard null on; mmu guard stack on')
    assert con.run('md 4020000000 1')[1] == 1


def told(con):
    """The registers of what was started, once it has said so"""
    end = time.monotonic() + 60
    x = [0] * 31
    while x[28] != TOLD:
        assert time.monotonic() < end, f'nothing told: {x}'
        time.sleep(0.1)
        with Qemu(con) as qemu:
            x = qemu.registers()
    return x


@pytest.mark.parametrize('way', ['booti', 'ExitBootServices'])
def test_what_a_system_finds(efi, start, way):
    """U-Boot's own vectors and map, bit for bit, and one line about it

    Proves: LIV-123
    """
    level = min(efi.level, 2)
    if way == 'booti':
        if efi.level == 3:
            pytest.skip('stock U-Boot starts none by booti from EL3')
        cmd = start(TELL, linux_image, 'booti {addr:x} - $fdtcontroladdr')
    else:
        cmd = start(EXIT_AND_TELL)
    now = efi.json('mmu info -j')[0]
    root, va_bits = int(now['root'], 16), now['va_bits']
    with Qemu(efi) as qemu:
        own = leaves(qemu, root, va_bits, efi.level)
    theirs, ours = vectors(efi)
    mess_up(efi)
    efi.raw.run_command(cmd, wait_for_prompt=False)
    efi.raw.wait_for(HANDING_OVER)
    x = told(efi)
    with Qemu(efi) as qemu:
        assert leaves(qemu, root, va_bits, level) == own
    assert x[20] == theirs, \
        f'VBAR {x[20]:x}, ours {ours:x}, theirs {theirs:x}'
    assert x[21] & ADDRESS == root
    # Linux' rules for booting: with the MMU off, but through EFI
    assert x[22] & M_BIT == (way != 'booti')
    if way != 'booti':
        assert (x[23], x[24]) == (ours, 0)


# Then the emergency tree has another map than U-Boot begins with
@pytest.mark.notbuildconfigspec('mmu_pgprot')
@pytest.mark.buildconfigspec('unit_test')
def test_what_a_system_finds_without_tables(efi, start):
    """The map that U-Boot began with, in its emergency tree; one line

    Proves: LIV-043 LIV-123
    """
    cmd = start(EXIT_AND_TELL)
    now = efi.json('mmu info -j')[0]
    root, va_bits = int(now['root'], 16), now['va_bits']
    with Qemu(efi) as qemu:
        own = leaves(qemu, root, va_bits, efi.level)
    theirs = vectors(efi)[0]
    use_up_tables(efi)
    efi.raw.run_command(cmd, wait_for_prompt=False)
    line = "mmu: handing over on U-Boot's emergency map: out of tables"
    efi.raw.wait_for(line)
    x = told(efi)
    with Qemu(efi) as qemu:
        found = leaves(qemu, x[21] & ADDRESS, va_bits, min(efi.level, 2))
    assert x[21] & ADDRESS != root and found == own
    assert (x[20], x[24]) == (theirs, 0)
    # It is not said again where boot services end
    with efi.raw.temporary_timeout(1000), pytest.raises(Exception) as end:
        efi.raw.p.expect(['mmu:'])
    assert end.typename == 'Timeout'
