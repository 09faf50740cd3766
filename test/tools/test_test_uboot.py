# SPDX-License-Identifier: GPL-2.0+
"""tools/test-uboot: what passes on stock has to pass on ours"""

import pytest

from conftest import load
from testing.jobs import Result


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Compare outcomes given as {test: outcome}; return status and lines"""
    script = load('test-uboot')
    stamp = tmp_path / 'stock/tree/.mmu_pfa-source'
    stamp.parent.mkdir(parents=True)
    stamp.write_text('release 2025.01\n')

    def run_both(stock, ours, known=1):
        outcomes = {'stock': stock, 'ours': ours}
        monkeypatch.setitem(script.KINDS, 'plain', (
            '-plain', '', 'not tcg2', {'release 2025.01': known}))
        monkeypatch.setattr(script, 'run_job', lambda job: [
            Result('test_it', name, outcome, 0, 'why')
            for name, outcome in outcomes[job.name].items()])
        status = script.main(['plain', '--build', str(tmp_path),
                              '--results', str(tmp_path / 'results')])
        out = capsys.readouterr().out.splitlines()
        assert out[-1] == f'1..{len(out) - sum(x[0] == "#" for x in out) - 1}'
        assert status == any(line.startswith('not ok') for line in out)
        return status, [line for line in out if ' - test_it: ' in line]

    return run_both


def test_same_results_are_good(run):
    """What is skipped on both is not shown; what fails on both is no failure

    Proves: BLD-074
    """
    same = {'a': 'passed', 'b': 'skipped', 'c': 'failed'}
    assert run(same, same) == (0, [
        'ok 1 - test_it: a',
        'ok 2 - test_it: c # SKIP fails on stock as well'])


@pytest.mark.parametrize('ours', [
    {'a': 'failed', 'b': 'passed'}, {'a': 'skipped', 'b': 'passed'},
    {'b': 'passed'}])
def test_lost_test_is_found(run, ours):
    """Failed, skipped or not there: it passes on stock, so it has to pass

    Proves: BLD-074
    """
    assert run({'a': 'passed', 'b': 'passed'}, ours) == (1, [
        'not ok 1 - test_it: a', 'ok 2 - test_it: b'])


@pytest.mark.parametrize('stock', [{}, {'x': 'skipped'}])
def test_failure_on_ours_alone_is_found(run, stock):
    """A test that stock does not have, or skips

    Proves: BLD-074
    """
    assert run({'a': 'passed', **stock}, {'a': 'passed', 'x': 'failed'}) == (
        1, ['ok 1 - test_it: a', 'not ok 2 - test_it: x'])


def test_too_few_on_stock_is_a_failure(run):
    """Where next to nothing runs, a comparison shows nothing

    Proves: BLD-074
    """
    passed = {'a': 'passed'}
    assert run(passed, passed, known=2)[0] == 1


def test_suite_is_unchanged_and_ours_left_out(tmp_path):
    """Each runs in its own tree, on its own image, without our tests

    Proves: BLD-074
    """
    script = load('test-uboot')

    class Args:
        k, timeout, results, kind = 'x', 5, tmp_path / 'results', 'plain'

    job = script.suite_job(Args, 'ours', tmp_path / 'tree', tmp_path / 'obj')
    tests = f'{tmp_path}/tree/test/py/tests'
    assert tests in job.argv
    assert f'--ignore-glob={tests}/test_mmu_pfa*' in job.argv
    words = dict(zip(job.argv, job.argv[1:]))
    assert words['--build-dir'] == f'{tmp_path}/obj'
    assert words['--rootdir'] == str(job.cwd) == f'{tmp_path}/tree'
