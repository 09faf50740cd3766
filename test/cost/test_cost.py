# SPDX-License-Identifier: GPL-2.0+
"""What allocator and engine cost, and what tests of the engine reach and see

Nothing here depends on how fast or how busy the machine is: it is about
instructions, bytes and places. 'make test-cost' has built the programs.
"""

import importlib.machinery
import importlib.util
import os
import re
import statistics
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
HOST = REPO / 'build/host'


def script(name):
    """A script from tools/ as a module"""
    loader = importlib.machinery.SourceFileLoader(
        name, str(REPO / 'tools' / name))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def run(*argv, timeout=1200):
    """Status and output of a command"""
    done = subprocess.run(list(map(str, argv)), cwd=REPO, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=timeout, check=False)
    return done.returncode, done.stdout


# The goals are for gcc 12, and others count a little otherwise
COMPILER_SLACK = 1 if run('gcc', '-dumpversion')[1].startswith('12') else 1.1


@pytest.fixture(name='tool', scope='module')
def _tool():
    return script('bench')


@pytest.fixture(name='bench', scope='module')
def _bench(tool):
    return tool.Bench(HOST / 'bench')


def test_worst_cases_keep_their_bounds(tool, bench):
    """Of each operation, and of each further unit of a range

    Proves: BUD-071
    """
    tool.measure_worst(bench)
    assert not tool.bounds_broken(bench.figures), bench.figures
    # each bound is not far off: what zeroes a page differs between machines
    assert all(bound < 1.5 * bench.figures[key]
               for key, bound in tool.BOUNDS.items()), bench.figures


def test_workloads_reach_their_goals_in_instructions(tool, bench):
    """The hot pair, mixed50 and bulk

    Proves: BUD-072
    """
    tool.measure_goals(bench)
    for key in ('pfa.hot_pair.insn', 'pfa.mixed50.insn',
                'pfa.bulk.insn_per_frame'):
        assert 0 < bench.figures[key] <= COMPILER_SLACK * tool.GOALS[key], \
            bench.figures


def test_free_memory_stays_in_large_blocks(tool, bench):
    """In the median of seeds 1 to 5

    Proves: BUD-073
    """
    share = statistics.median(
        bench.run('time', 'mixed50', 'buddy', 1024, seed,
                  tool.OPERATIONS)['free2m_pct'] for seed in tool.SEEDS)
    assert share >= tool.GOALS['pfa.mixed50.free2m_pct']


def test_engine_reaches_its_goals_in_instructions():
    """All of them; and each would be missed by a figure too large, or none

    Proves: ENG-112
    """
    tool = script('bench-pgtable')
    figures = tool.measure_all(HOST / 'bench_pgtable')
    assert not tool.missed(figures, COMPILER_SLACK), figures
    for key, (goal, is_count) in tool.goals().items():
        over = {**figures, key: COMPILER_SLACK * goal + is_count}
        without = {**figures}
        del without[key]
        for wrong in over, without:
            assert tool.missed(wrong, COMPILER_SLACK) == [key]


def reached_line_by_line(part):
    """Whether tools/coverage says so of each line and branch"""
    status, out = run('tools/coverage', REPO / f'build/coverage-{part}', 100,
                      part)
    assert status == 0, out
    # one sum of lines, and one of branches
    assert len(re.findall(r'^TOTAL +[1-9]\d* +[1-9]\d* +100%', out,
                          re.MULTILINE)) == 2, out


def test_allocator_is_reached_line_by_line():
    """Every line and branch of it: tools/coverage fails where one is not

    Proves: BUD-074
    """
    reached_line_by_line('allocator')


def test_seeded_faults_of_the_allocator_are_seen():
    """Each of the list, and by each program the one that it has to see itself

    Proves: BUD-075
    """
    status, out = run('tools/seed-faults', REPO / 'build/mutants')
    assert not re.findall('^WRONG.*', out, re.MULTILINE)
    assert status == 0, out
    right, jobs, faults = map(int, re.search(
        r'^(\d+) of (\d+) right; (\d+) faults$', out, re.MULTILINE).groups())
    assert right == jobs > faults > 70, out
    for target in 'buddy', 'pfa', 'pgtable':
        assert f'fuzz_{target}: crashes' in out, out


def test_engine_is_reached_line_by_line():
    """The same of the engine

    Proves: ENG-113
    """
    reached_line_by_line('engine')


def test_seeded_faults_of_the_engine_are_seen():
    """Each of the list, by the test and for the reason that it names

    Proves: ENG-114
    """
    status, out = run('tools/seed-pgtable', '-j', os.cpu_count())
    assert not re.findall('^not ok.*', out, re.MULTILINE)
    seen = re.findall(r'^ok \d+', out, re.MULTILINE)
    assert status == 0 and f'\n1..{len(seen)}\n' in out, out
    assert len(seen) > 80
