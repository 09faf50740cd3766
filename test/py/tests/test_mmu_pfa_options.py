# SPDX-License-Identifier: GPL-2.0+
"""What the extension does whatever is left out of it

For images without the commands, with one of them, and without names and fault
injection: 'make test-options'. Nothing here asks a command of ours.
"""

import pytest

from mmu_pfa_helper import con, efi  # pylint: disable=W0611
from mmu_pfa_qemu import ADDRESS, Qemu, leaves
from test_mmu_pfa_efi import start  # pylint: disable=W0611
from test_mmu_pfa_handover import HANDING_OVER, TAKEN_BACK
from test_mmu_pfa_os import TELL, linux_image, told, vectors
from test_mmu_pfa_ram import bdinfo

pytestmark = [pytest.mark.buildconfigspec('mmu_pfa'),
              pytest.mark.buildconfigspec('cmd_bootefi')]

VA_BITS = 40


def test_handed_over_more_than_once(efi, start):
    """An application, taken back; another one; and then an operating system

    Proves: LIV-126
    """
    cmd = start(TELL, linux_image, 'booti {addr:x} - $fdtcontroladdr')
    root = bdinfo(efi, 'TLB addr')
    with Qemu(efi) as qemu:
        own = leaves(qemu, root, VA_BITS, efi.level)
    theirs = vectors(efi)[0]
    for _ in range(2):
        lines = efi.ok('bootefi hello').split('\n')
        assert lines.index(HANDING_OVER) < lines.index('Hello, world!') < \
            lines.index(TAKEN_BACK)
        assert efi.ok('echo quiet') == 'quiet'
    efi.ok('dcache off; dcache on')
    efi.raw.run_command(cmd, wait_for_prompt=False)
    efi.raw.wait_for(HANDING_OVER)
    x = told(efi)
    with Qemu(efi) as qemu:
        assert leaves(qemu, root, VA_BITS, efi.level) == own
    assert (x[20], x[21] & ADDRESS) == (theirs, root)
