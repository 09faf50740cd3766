# SPDX-License-Identifier: GPL-2.0+
"""The image's configuration beside the stock one, by U-Boot's own Kconfig"""

import os
import subprocess

import pytest

from conftest import REPO

TREE = REPO / 'build/tree'

# The board's own names, and the path that leads back to the stock environment
DIFFERENT = {'CONFIG_SYS_VENDOR', 'CONFIG_SYS_BOARD', 'CONFIG_ENV_SOURCE_FILE'}


def config(out, defconfig):
    """Each symbol that the defconfig gives a value"""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('MAKE', 'MFLAGS'))}
    subprocess.run(
        ['make', '-s', '-C', TREE, f'O={out}', defconfig], env=env,
        stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120)
    lines = (out / '.config').read_text().splitlines()
    return dict(line.split('=', 1) for line in lines
                if line.startswith('CONFIG_'))


@pytest.mark.skipif(not TREE.is_dir(), reason='no tree in build/')
def test_nothing_of_the_stock_configuration_is_lost(tmp_path):
    """What is set there is set here, to the same value

    Proves: BLD-047
    """
    stock = config(tmp_path, 'qemu_arm64_defconfig')
    ours = config(tmp_path, 'mmu_pfa_virt_defconfig')
    assert {name: value for name, value in stock.items()
            if ours.get(name) != value}.keys() == DIFFERENT
    for name in ('TARGET_MMU_PFA_VIRT', 'MMU_PFA', 'CMD_PFA', 'CMD_MMU',
                 'UNIT_TEST', 'CMD_BDI', 'CMD_EXCEPTION'):
        assert ours.get(f'CONFIG_{name}') == 'y', name
