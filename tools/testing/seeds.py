# SPDX-License-Identifier: GPL-2.0+
"""Faults to be put into a copy of the sources, for tests to see"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


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


def gcc(tree, *args):
    """Compile or link in a tree; CalledProcessError if that fails"""
    subprocess.run(
        ['gcc', '-std=gnu11', '-g', '-w', '-Iinclude', '-Itest/host', *args],
        cwd=tree, check=True, capture_output=True)


def object_of(tree, source, flags):
    """Where a source compiled with these flags goes; names what differs"""
    name = f'{source} {flags}'.strip()
    return tree / (re.sub(r'[^\w=,.-]+', '+', name) + '.o')


def compile_one(tree, source, flags):
    """An object, and beside it what it was made from"""
    path = object_of(tree, source, flags)
    gcc(tree, *flags.split(), '-MMD', '-c', '-o', path, source)
    return path


class Builder:
    """Programs with a fault, from objects of the sources as they are

    base:  a directory for these objects
    parts: of the repository, what is needed
    jobs:  each source, with its flags
    """

    def __init__(self, base, parts, jobs, pool):
        self.base = base
        self.parts = parts
        self.copy(base)
        list(pool.map(lambda job: compile_one(base, *job), sorted(set(jobs))))

    def copy(self, tree):
        """The sources as they are"""
        for part in self.parts:
            shutil.copytree(REPO / part, tree / part)

    def object(self, tree, changed, source, flags):
        """As it is where the changed file does not matter to it"""
        path = object_of(self.base, source, flags)
        made_from = path.with_suffix('.d').read_text().split()
        if changed not in map(os.path.normpath, made_from):
            return path
        path = object_of(tree, source, flags)
        return path if path.exists() else compile_one(tree, source, flags)

    def link(self, tree, changed, program, flags, jobs):
        """A program in a tree with one changed file"""
        gcc(tree, *flags.split(), '-o', program,
            *[self.object(tree, changed, *job) for job in jobs])
