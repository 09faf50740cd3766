# SPDX-License-Identifier: GPL-2.0+
"""Jobs that are a pytest, among them those with a board in QEMU"""

import os
import sys

from testing.jobs import Job, read_report

BOARD = 'mmu_pfa_virt'


def board_name(identity):
    """What an identity of the test hooks stands for, in words"""
    level, cpu, ram = 'EL1', 'cortex-a57', '1G'
    for word in identity.split('-'):
        if word in ('el1', 'el2', 'el3'):
            level = word.upper()
        elif word == 'max':
            cpu = word
        elif word[0].isdigit():
            ram = word.upper()
    return f'{level} {cpu} {ram}'


def pytest_job(args, name, paths, more=(), env=None, timeout=600):
    plugins = args.repo / 'test/py/plugins'
    path = [str(plugins), *((env or {}).get('PYTHONPATH', '').split(':'))]
    argv = [sys.executable, '-m', 'pytest', '-q', '--tb=short',
            '-p', 'no:cacheprovider', '-p', 'mmu_pfa_report', *paths, *more]
    if args.k:
        argv += ['-k', args.k]
    return Job(name, argv, read_report, args.timeout or timeout,
               {**(env or {}), 'PYTHONPATH': ':'.join(filter(None, path))},
               args.results / 'jobs' / f'{name}.jsonl', bool(args.k))


def make_data(work):
    """What the board finds: a disk, files to load, and a flash bank"""
    for directory in ('disk', 'tftp'):
        data = work / 'data' / directory
        data.mkdir(parents=True, exist_ok=True)
        # What the tests load: long enough to see a mix-up of pages in it
        (data / 'pattern.bin').write_bytes(
            b''.join(i.to_bytes(4, 'little') for i in range(5000)))
    # The environment's flash bank; QEMU wants it in full size
    with open(work / 'data/flash.img', 'wb') as flash:
        flash.truncate(64 << 20)


def board_job(args, name, test, more=(), identity=None, disk=None):
    """A pytest of U-Boot's framework, with a board of its own

    What is in the directory disk is added to the board's disk.
    """
    tree = args.tree.resolve()
    identity = identity or args.id
    if identity != args.id:
        name = f'{identity}/{name}'
    work = args.results.resolve() / 'board' / name
    make_data(work)
    for path in disk.resolve().iterdir() if disk else ():
        link = work / 'data/disk' / path.name
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    env = {
        'PATH': f'{args.repo}/test/py/hooks:{os.environ["PATH"]}',
        'PYTHONPATH': f'{args.repo}/test/py/boardenv',
    }
    return pytest_job(
        args, name, [f'{tree}/test/py/tests/{test}'],
        ['-c', f'{tree}/test/py/pytest.ini', '--rootdir', str(tree),
         '--bd', BOARD, '--id', identity,
         '--build-dir', str(args.obj.resolve()),
         '--result-dir', str(work),
         '--persistent-data-dir', str(work / 'data'), *more], env)
