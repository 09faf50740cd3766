# SPDX-License-Identifier: GPL-2.0+
"""Faults to be put into a copy of the sources, for tests to see"""

import re
from dataclasses import dataclass


@dataclass
class Fault:
    """A change of the sources that a test has to notice"""
    file: str
    name: str
    tests: str
    says: str
    old: str
    new: str


def read_faults(text):
    """Those of a text that has, for each:

    == file: name of the fault
    -- tests that shall see it
    != what one of them has to say of it; may be left out
    lines as they are
    --
    lines as they become
    """
    faults = []
    for part in re.split(r'^== ', text, flags=re.MULTILINE)[1:]:
        head, tests, rest = part.split('\n', 2)
        file, name = head.split(': ', 1)
        says = ''
        if rest.startswith('!= '):
            says, rest = rest[3:].split('\n', 1)
        old, new = rest.split('--\n', 1)
        faults.append(Fault(file, name, tests[3:], says, old,
                            new.rstrip('\n') + '\n' if new.strip() else ''))
    return faults


def seed(tree, fault):
    """Put a fault into a tree; return the text that was there, or None"""
    path = tree / fault.file
    text = path.read_text() if path.exists() else ''
    if fault.old not in text:
        return None
    path.write_text(text.replace(fault.old, fault.new, 1))
    return text
