# SPDX-License-Identifier: GPL-2.0+
"""Faults while an EFI application runs: its own, and those of what it calls

The applications are made here, as PE files whose code is a few words.
"""

import os
import struct
import time

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611
from mmu_pfa_qemu import Qemu, leaves

pytestmark = [pytest.mark.buildconfigspec('cmd_mmu'),
              pytest.mark.buildconfigspec('cmd_bootefi')]

UNMAPPED = 0x4000000000
LOADED = 0x42000000
# Sections begin at a multiple of this in the file and in memory
ALIGNED = 0x1000

# Each is called with its handle in x0 and the table of the system in x1, and
# calls or accesses something with UNMAPPED, with U-Boot's gd gone from x18.

# BootServices->SetMem(UNMAPPED, 16, 0)
BOOT_SERVICE = '''
    a9bf7bfd    stp     x29, x30, [sp, #-16]!
    f9403029    ldr     x9, [x1, #96]
    f940b529    ldr     x9, [x9, #360]
    d2c00800    mov     x0, #0x4000000000
    d2800201    mov     x1, #16
    d2800002    mov     x2, #0
    d2800012    mov     x18, #0
    d63f0120    blr     x9
    d2800000    mov     x0, #0
    a8c17bfd    ldp     x29, x30, [sp], #16
    d65f03c0    ret
'''
# RuntimeServices->GetVariable(u"A", UNMAPPED, NULL, &size, NULL)
RUNTIME_SERVICE = '''
    a9bd7bfd    stp     x29, x30, [sp, #-48]!
    f9402c29    ldr     x9, [x1, #88]
    f9402529    ldr     x9, [x9, #72]
    910043e0    add     x0, sp, #16
    5280082a    mov     w10, #0x41
    b900000a    str     w10, [x0]
    d2c00801    mov     x1, #0x4000000000
    d2800002    mov     x2, #0
    910083e3    add     x3, sp, #32
    f900007f    str     xzr, [x3]
    d2800004    mov     x4, #0
    d2800012    mov     x18, #0
    d63f0120    blr     x9
    d2800000    mov     x0, #0
    a8c37bfd    ldp     x29, x30, [sp], #48
    d65f03c0    ret
'''
# BootServices->CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK,
# notify, NULL, &event), ->SetTimer(event, TimerPeriodic, 1),
# ->RaiseTPL(TPL_NOTIFY), ->SetMem(UNMAPPED, 16, 0); notify writes to
# UNMAPPED + 8
ABANDONED = '''
    a9be7bfd    stp     x29, x30, [sp, #-32]!
    f9000bf3    str     x19, [sp, #16]
    f9403033    ldr     x19, [x1, #96]
    52804000    mov     w0, #0x200
    72b00000    movk    w0, #0x8000, lsl #16
    d2800101    mov     x1, #8
    10000262    adr     x2, notify
    d2800003    mov     x3, #0
    910063e4    add     x4, sp, #24
    f9402a69    ldr     x9, [x19, #80]
    d63f0120    blr     x9
    f9400fe0    ldr     x0, [sp, #24]
    d2800021    mov     x1, #1
    d2800022    mov     x2, #1
    f9402e69    ldr     x9, [x19, #88]
    d63f0120    blr     x9
    d2800200    mov     x0, #16
    f9400e69    ldr     x9, [x19, #24]
    d63f0120    blr     x9
    f940b669    ldr     x9, [x19, #360]
    d2c00800    mov     x0, #0x4000000000
    d2800201    mov     x1, #16
    d2800002    mov     x2, #0
    d63f0120    blr     x9
    14000000    b       .
notify:
    d2c00800    mov     x0, #0x4000000000
    b900081f    str     wzr, [x0, #8]
    d65f03c0    ret
'''
# BootServices->Stall(1000), and return BootServices->RaiseTPL(TPL_HIGH_LEVEL)
AFTERWARDS = '''
    a9be7bfd    stp     x29, x30, [sp, #-32]!
    f9000bf3    str     x19, [sp, #16]
    f9403033    ldr     x19, [x1, #96]
    d2807d00    mov     x0, #1000
    f9407e69    ldr     x9, [x19, #248]
    d63f0120    blr     x9
    d28003e0    mov     x0, #31
    f9400e69    ldr     x9, [x19, #24]
    d63f0120    blr     x9
    f9400bf3    ldr     x19, [sp, #16]
    a8c27bfd    ldp     x29, x30, [sp], #32
    d65f03c0    ret
'''
# *(u32 *)(UNMAPPED + 4) = 0
OWN = '''
    d2c00800    mov     x0, #0x4000000000
    d2800012    mov     x18, #0
    b900041f    str     wzr, [x0, #4]
    d65f03c0    ret
'''
# for (;;)
STAY = '''
    14000000    b       .
'''


def words(code):
    """Code, of which each line begins with a word, or ends with a colon"""
    return b''.join(int(line.split()[0], 16).to_bytes(4, 'little')
                    for line in code.strip().split('\n')
                    if not line.endswith(':'))


def pe_file(code):
    """An EFI application for arm64: headers, and one section of code"""
    code = words(code)
    dos = b'MZ'.ljust(60, b'\0') + struct.pack('<I', 64)
    # Machine, sections, time, symbols, their number, size of what follows,
    # characteristics: executable, no relocations, no line numbers or symbols
    header = struct.pack('<4sHHIIIHH', b'PE\0\0', 0xaa64, 1, 0, 0, 0,
                         112 + 16 * 8, 0x20f)
    optional = struct.pack(
        '<HBBIIIII QIIHHHHHHIIIIHH QQQQII', 0x20b, 0, 0, len(code), 0, 0,
        ALIGNED, ALIGNED, 0, ALIGNED, ALIGNED, 0, 0, 0, 0, 0, 0, 0,
        2 * ALIGNED, ALIGNED, 0, 10, 0, 0, 0, 0, 0, 0, 16) + bytes(16 * 8)
    section = struct.pack('<8sIIIIIIHHI', b'.text', ALIGNED, ALIGNED, ALIGNED,
                          ALIGNED, 0, 0, 0, 0, 0x60000020)
    return (dos + header + optional + section).ljust(ALIGNED, b'\0') + \
        code.ljust(ALIGNED, b'\0')


@pytest.fixture
def start(efi):
    """A function that boots anew, and gives the command that starts code

    Args:
        code: Lines, each beginning with a word
        image: What makes a file of them
        cmd: The command, for the file at {addr} with its {size}
    """
    path = f'{efi.raw.config.persistent_data_dir}/foreign'

    def boot_with(code, image=pe_file, cmd='bootefi {addr:x}:{size:x}'):
        with open(path, 'wb') as app:
            app.write(image(code))
        qemu = f'-device loader,file={path},addr={LOADED:#x},force-raw=on'
        if efi.level == 3:
            qemu += ' -machine virtualization=on'
        efi.restart(qemu)
        return cmd.format(addr=LOADED, size=os.path.getsize(path))

    yield boot_with
    efi.restart()


def still_works(con):
    """U-Boot's gd is back, and so is what catches; tables and PFA are sound"""
    assert 'fault: write unmapped' in con.run(f'mw {UNMAPPED:x} 1')[0]
    con.ok('mmu check tables')
    con.ok('pfa check')
    con.ok('setenv autoload no; dhcp')
    con.ok('mmu map 5000000000 48000000 1000; mmu unmap 5000000000 1000')
    assert 'Hello, world!' in con.run('bootefi hello')[0]


@pytest.mark.parametrize('code, access', [(BOOT_SERVICE, 'write'),
                                          (RUNTIME_SERVICE, 'read')],
                         ids=['boot', 'runtime'])
def test_service_with_a_bad_pointer(efi, start, code, access):
    """What faults is U-Boot's code: bootefi has failed, the prompt is back

    Proves: FLT-132
    """
    app = start(code)
    text, status = efi.run(app)
    assert status == 1
    assert f'fault: {access} unmapped L2 at {UNMAPPED:x} ' in text
    assert '(link ' in text and 'Resetting' not in text
    assert efi.env('fault_addr') == f'{UNMAPPED:x}'
    still_works(efi)
    assert efi.ok(f'if {app}; then echo yes; else echo no; fi').endswith('no')


def test_service_with_a_bad_pointer_while_off(efi, start):
    """With mmu fault off U-Boot reports its own fault, and resets

    Proves: FLT-132
    """
    app = start(BOOT_SERVICE)
    efi.ok('mmu fault off')
    efi.raw.run_command(app, wait_for_prompt=False)
    efi.raw.wait_for('"Synchronous Abort" handler')
    efi.raw.wait_for('Resetting CPU')


def test_application_that_is_abandoned(efi, start):
    """Its timer calls it no more, and the next one has the priority of one

    Proves: FLT-164
    """
    first = start(ABANDONED, image=lambda code: pe_file(code) +
                  pe_file(AFTERWARDS))
    then = f'bootefi {LOADED + 2 * ALIGNED:x}:{2 * ALIGNED:x}'
    text, status = efi.run(first)
    assert status == 1
    assert f'fault: write unmapped L2 at {UNMAPPED:x} ' in text
    text, status = efi.run(then)
    assert 'fault' not in text
    # RaiseTPL() gives the one before, which the application returns
    assert status == 1
    assert text.endswith('## Application failed, r = 4\n'
                         'mmu: taken back on the boot-time map')


def test_own_bad_access(efi, start):
    """The application's own: U-Boot's report, or with all the prompt

    Proves: FLT-035
    """
    app = start(OWN)
    efi.raw.run_command(app, wait_for_prompt=False)
    efi.raw.wait_for('"Synchronous Abort" handler')
    # U-Boot names the application in its report
    efi.raw.wait_for('UEFI image ')
    efi.raw.wait_for('Resetting CPU')
    start(OWN)
    efi.ok('mmu fault all')
    text, status = efi.run(app)
    assert status == 1
    assert f'fault: write unmapped L2 at {UNMAPPED + 4:x} ' in text
    # Not an address of U-Boot's image
    assert '(link ' not in text.split('pc ')[1].split('lr ')[0]
    efi.ok('mmu fault on')
    still_works(efi)


def seen_by_qemu(con, el, now):
    """What is mapped, read from memory while the CPU stands still"""
    with Qemu(con) as qemu:
        return leaves(qemu, int(now['root'], 16), now['va_bits'], el)


def test_what_an_application_finds(efi, start):
    """U-Boot's own map: QEMU is asked while the application runs

    Proves: LIV-040 LIV-041
    """
    app = start(STAY)
    now = efi.json('mmu info -j')[0]
    own = seen_by_qemu(efi, efi.level, now)
    efi.ok('mmu map 5000000000 48000000 4M rw,nx,wb -4k')
    efi.ok('mmu protect 48000000 1M ro; mmu unmap 8000000 2M')
    efi.ok('mmu watch 49000000 10; mmu guard null on; mmu guard stack on')
    assert seen_by_qemu(efi, efi.level, now) != own
    efi.raw.run_command(app, wait_for_prompt=False)
    efi.raw.wait_for('handing over on the boot-time map')
    # The line comes before the start, and nothing after it
    time.sleep(1)
    assert seen_by_qemu(efi, min(efi.level, 2), now) == own
