# SPDX-License-Identifier: GPL-2.0+
"""The image's configuration beside the stock one, by U-Boot's own Kconfig"""

import os
import subprocess

import pytest

from conftest import REPO

TREE = REPO / 'build/tree'

# The names of the board
DIFFERENT = {'CONFIG_SYS_VENDOR', 'CONFIG_SYS_BOARD'}


def symbols(path):
    """Each symbol that a configuration gives a value"""
    return dict(line.split('=', 1) for line in path.read_text().splitlines()
                if line.startswith('CONFIG_'))


def config(out, defconfig):
    """What becomes of a defconfig"""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('MAKE', 'MFLAGS'))}
    subprocess.run(
        ['make', '-s', '-C', TREE, f'O={out}', defconfig], env=env,
        stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120)
    return symbols(out / '.config')


@pytest.mark.skipif(not TREE.is_dir(), reason='no tree in build/')
def test_nothing_of_the_stock_configuration_is_lost(tmp_path):
    """What is set there is set here, to the same value; so is our fragment

    Proves: BLD-047
    """
    stock = config(tmp_path, 'qemu_arm64_defconfig')
    ours = config(tmp_path, 'mmu_pfa_virt_defconfig')
    asked = symbols(REPO / 'configs/mmu_pfa_virt.config')
    assert {name for name, value in stock.items()
            if ours.get(name) != value} - asked.keys() == DIFFERENT
    assert {name: ours.get(name) for name in asked} == asked
