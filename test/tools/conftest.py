# SPDX-License-Identifier: GPL-2.0+
"""What the tests of this repository's scripts share"""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
# What the scripts there import
sys.path.insert(0, str(REPO / 'tools'))


def load(name):
    """A script from tools/ as a module of its own, free to be patched"""
    loader = importlib.machinery.SourceFileLoader(
        name.replace('-', '_'), str(REPO / 'tools' / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by its name
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def contents(tree):
    """All that a tree holds: {path: (mode, symlink's target or content)}"""
    found = {}
    for path in sorted(tree.rglob('*')):
        rel = str(path.relative_to(tree))
        if path.is_symlink():
            found[rel] = ('link', path.readlink())
        else:
            data = path.read_bytes() if path.is_file() else None
            found[rel] = (path.stat().st_mode, data)
    return found


@pytest.fixture
def uboot(tmp_path):
    """A tree with what the graft looks for in U-Boot's, and little else"""
    tree = tmp_path / 'u-boot'
    files = {
        'Kbuild': '', 'Kconfig': 'mainmenu "U-Boot"\n',
        'config.mk': 'LDFLAGS_FINAL += -Bstatic\n',
        'Makefile': 'VERSION = 2025\n', 'include/u-boot/crc.h': '',
        'arch/arm/Kconfig': 'menu "ARM"\n'
                            'source "arch/arm/mach-qemu/Kconfig"\n'
                            'endmenu\n',
        'cmd/Makefile': 'ifndef CONFIG_XPL_BUILD\n'
                        'obj-$(CONFIG_CMD_MEMINFO) += meminfo.o\n'
                        'obj-$(CONFIG_CMD_MEMORY) += mem.o\n'
                        'endif\n',
        'configs/qemu_arm64_defconfig': 'CONFIG_ARM=y\n'
                                        '# CONFIG_UNIT_TEST is not set\n'
                                        'CONFIG_ARCH_QEMU=y\n',
        'doc/usage/cmd/md.rst': 'md\n',
        'lib/Kconfig': 'source "lib/fwu_updates/Kconfig"\nendmenu\n',
        # No line break at the end: the graft must not add one
        'lib/Makefile': 'obj-$(CONFIG_EFI_LOADER) += efi_driver/\n'
                        'obj-y += a.o',
        'test/lib/Makefile': 'obj-y += hexdump.o\n',
        'test/py/tests/test_md.py': '',
    }
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / 'cmd/Makefile').chmod(0o640)
    return tree
