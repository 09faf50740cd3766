# SPDX-License-Identifier: GPL-2.0+
"""The instructions of test/host/test_a64.c are what the assembler makes"""

import re
import subprocess

from conftest import REPO

AS = 'aarch64-linux-gnu-'


def assemble(directory, lines):
    """The word of each instruction, all at one place"""
    source = directory / 'insn.s'
    source.write_text('.arch armv8.6-a+memtag\n' + '\n'.join(lines) + '\n')
    for command in (f'{AS}as -o insn.o insn.s',
                    f'{AS}ld -e 0 -Ttext 0x400000 -o insn insn.o',
                    f'{AS}objcopy -O binary -j .text insn insn.bin'):
        subprocess.run(command.split(), cwd=directory, check=True)
    data = (directory / 'insn.bin').read_bytes()
    return [int.from_bytes(data[i:i + 4], 'little')
            for i in range(0, len(data), 4)]


def test_a64_words(tmp_path):
    """Each row holds the word of the instruction that it names

    Proves: CMMU-080 CMMU-082
    """
    text = (REPO / 'test/host/test_a64.c').read_text()
    rows = re.findall(r'\{ (0x[0-9a-f]{8}), "([^"]+)",', text)
    assert len(rows) > 100
    words = assemble(tmp_path, [line for _, line in rows])
    assert [(f'0x{word:08x}', line)
            for word, (_, line) in zip(words, rows)] == rows
