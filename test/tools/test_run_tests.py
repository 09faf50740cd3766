# SPDX-License-Identifier: GPL-2.0+
"""tools/run-tests: what is not shown to have passed has failed"""

import argparse
import json
import os
import re
import sys
import time
import xml.etree.ElementTree

import pytest

from conftest import REPO, load
from testing import jobs, report


@pytest.fixture
def runner():
    """The script"""
    return load('run-tests')


def script_job(tmp_path, text, **more):
    """A job that runs a shell script and reads its output as TAP"""
    path = tmp_path / 'script'
    path.write_text(text)
    return jobs.Job('script', ['sh', str(path)], jobs.read_tap,
                      more.pop('timeout', 20), **more)


def pytest_job(tmp_path, text, **more):
    """A job that runs pytest on a file, with the plugin that reports"""
    path = tmp_path / 'test_it.py'
    path.write_text(text)
    return jobs.Job(
        'test_it',
        [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
         '-p', 'mmu_pfa_report', '--rootdir', str(tmp_path), str(path)],
        jobs.read_report, more.pop('timeout', 20),
        {'PYTHONPATH': f'{REPO}/test/py/plugins'}, tmp_path / 'report', **more)


def outcomes(results):
    return [(result.name, result.outcome) for result in results]


def test_tap_is_read(tmp_path):
    """Passed, failed with its notes, and skipped tests

    Proves: BLD-020
    """
    results = jobs.run_job(script_job(tmp_path, '''
echo "# noise"; echo "ok 1 - one"
echo "# file.c:3: x = 1"; echo "not ok 2 - two"
echo "ok 3 - three # SKIP no memory"; echo 1..3; exit 1'''))
    assert outcomes(results) == [('one', 'passed'), ('two', 'failed'),
                                 ('three', 'skipped')]
    assert 'x = 1' in results[1].text and 'noise' not in results[1].text


@pytest.mark.parametrize('text, why', [
    ('echo "ok 1 - a"; echo 1..1; exit 3', 'ended with status 3'),
    ('echo "ok 1 - a"; kill -SEGV $$', 'killed by SIGSEGV'),
    ('echo "ok 1 - a"; echo 1..2', '1 results, 2 planned'),
    ('echo "ok 1 - a"', '1 results, None planned'),
    ('echo "not ok 1 - a"; echo 1..1', 'ended with status 0'),
    ('echo 1..0', 'no test ran'),
    ('exit 1', 'ended with status 1'),
])
def test_program_that_goes_wrong(tmp_path, text, why):
    """A crash, an early end, or a status that belies the tests is a failure

    Proves: BLD-021
    """
    results = jobs.run_job(script_job(tmp_path, text))
    assert results[-1].outcome == 'failed'
    assert why in results[-1].text


def test_program_that_is_missing(tmp_path):
    """A program that cannot be started is a failure

    Proves: BLD-021
    """
    job = jobs.Job('x', [str(tmp_path / 'x')], jobs.read_tap, 20)
    assert outcomes(jobs.run_job(job)) == [('x', 'failed')]


def test_hung_program_is_ended(tmp_path):
    """When its time is up it is killed with its children; the rest counts

    Proves: BLD-022
    """
    begin = time.monotonic()
    results = jobs.run_job(script_job(
        tmp_path, 'echo "ok 1 - a"; sleep 50 & sleep 50; echo 1..1',
        timeout=0.3))
    assert time.monotonic() - begin < 10
    assert outcomes(results) == [('a', 'passed'),
                                 ('runs to its end', 'failed')]
    assert 'did not end in time' in results[1].text


def test_pytest_is_read(tmp_path):
    """Passed, skipped and failed tests, with what a failed one printed

    Proves: BLD-020
    """
    results = jobs.run_job(pytest_job(tmp_path, '''
import pytest
@pytest.mark.parametrize('n', [1, 2])
def test_a(n): pass
def test_b(): pytest.skip('no board')
def test_c(): print('on the console'); assert False
@pytest.fixture
def broken(): raise OSError
def test_d(broken): pass
@pytest.fixture
def litters():
    yield
    raise OSError
def test_e(litters): pass
'''))
    assert outcomes(results) == [
        ('test_a[1]', 'passed'), ('test_a[2]', 'passed'),
        ('test_b', 'skipped'), ('test_c', 'failed'), ('test_d', 'failed'),
        ('test_e', 'failed')]
    assert 'no board' in results[2].text
    assert 'on the console' in results[3].text


@pytest.mark.parametrize('ending, why', [
    ("pytest.exit('the board is gone')", 'was running when'),
    ('os._exit(0)', 'was running when'),
    ('time.sleep(50)', 'did not end in time'),
])
def test_unreached_tests_have_failed(tmp_path, ending, why):
    """When pytest ends early, the tests that it never came to count

    Proves: BLD-021 BLD-022
    """
    results = jobs.run_job(pytest_job(tmp_path, f'''
import os, pytest, time
def test_a(): pass
def test_b(): {ending}
def test_c(): pass
''', timeout=5))
    assert outcomes(results) == [('test_a', 'passed'), ('test_b', 'failed'),
                                 ('test_c', 'failed')]
    assert why in results[1].text
    assert 'not reached' in results[2].text


@pytest.mark.parametrize('text', ['def test_a(:', 'import nothing_there', ''])
def test_file_that_cannot_be_read(tmp_path, text):
    """A file of tests that breaks, or holds none, is a failure

    Proves: BLD-021
    """
    results = jobs.run_job(pytest_job(tmp_path, text))
    assert [result.outcome for result in results] == ['failed']


def test_status_of_pytest_counts(tmp_path):
    """All tests passed, but pytest did not end well

    Proves: BLD-021
    """
    results = jobs.run_job(pytest_job(tmp_path, '''
import atexit, os
atexit.register(os._exit, 3)
def test_a(): pass
'''))
    assert outcomes(results) == [('test_a', 'passed'),
                                 ('runs to its end', 'failed')]


def test_report_of_an_earlier_run_is_not_read(tmp_path):
    """A pytest that does not even start has no results

    Proves: BLD-021
    """
    job = pytest_job(tmp_path, 'def test_a(): pass')
    assert outcomes(jobs.run_job(job)) == [('test_a', 'passed')]
    job.argv = ['false']
    assert outcomes(jobs.run_job(job)) == [('runs to its end', 'failed')]


@pytest.mark.parametrize('make', [
    lambda path: script_job(path, 'echo 1..0; exit 1',
                                    partial=True),
    lambda path: pytest_job(path, '', partial=True)])
def test_chosen_tests_may_be_elsewhere(tmp_path, make):
    """With -k, a file without a test that matches is no failure

    Proves: BLD-027
    """
    assert jobs.run_job(make(tmp_path)) == []


@pytest.mark.parametrize('k', ['', 'walk'])
def test_suites_find_their_tests(runner, tmp_path, k):
    """Each file of tests becomes a job, with -k passed on to it

    Proves: BLD-027
    """
    for name in ('test/host/test_a.c', 'test/host/tap.c', 'test/tools/x.py',
                 'test/tools/test_b.py', 'test/py/tests/mmu_pfa_helper.py',
                 'test/py/tests/test_mmu_pfa_c.py'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    args = argparse.Namespace(
        k=k, timeout=None, id='el2', tree=tmp_path / 'tree',
        obj=tmp_path / 'obj', host=tmp_path / 'host', repo=tmp_path,
        results=tmp_path / 'results')
    found = {suite: list(some) for name in runner.DEFAULT
             for suite, some in runner.SUITES[name](args)}
    assert {suite: [job.name for job in some]
            for suite, some in found.items()} == {
        'host': ['test_a'], 'tools': ['test_b'], 'ut': ['ut'],
        'console': ['test_mmu_pfa_c']}
    for job in [job for some in found.values() for job in some]:
        assert job.partial == bool(k)
        assert ('walk' in job.argv[-1]) == bool(k)
    ut, console = found['ut'][0], found['console'][0]
    assert 'test_ut and lib_test_mmu_pfa' in ut.argv[-1]
    for job, test in ((ut, 'test_ut.py'), (console, 'test_mmu_pfa_c.py')):
        assert f'{tmp_path}/tree/test/py/tests/{test}' in job.argv
        words = dict(zip(job.argv, job.argv[1:]))
        assert words['--bd'] == 'mmu_pfa_virt' and words['--id'] == 'el2'
        assert words['--build-dir'] == f'{tmp_path}/obj'
        data = words['--persistent-data-dir']
        assert os.path.getsize(f'{data}/flash.img') == 64 << 20
        assert os.path.getsize(f'{data}/disk/pattern.bin') == \
            os.path.getsize(f'{data}/tftp/pattern.bin') == 20000
        assert job.env['PATH'].startswith(f'{tmp_path}/test/py/hooks:')
        assert f'{tmp_path}/test/py/boardenv' in job.env['PYTHONPATH']


def test_levels_are_a_suite_each(runner, tmp_path):
    """Unit tests and all files at each level and CPU; one file with more RAM

    Proves: BLD-073
    """
    tests = tmp_path / 'test/py/tests'
    tests.mkdir(parents=True)
    for name in ('mmu', 'ram'):
        (tests / f'test_mmu_pfa_{name}.py').touch()
    args = argparse.Namespace(
        k='', timeout=None, id='el1', tree=tmp_path, obj=tmp_path,
        repo=tmp_path, results=tmp_path / 'results')
    found = {suite: list(some)
             for suite, some in runner.SUITES['levels'](args)}
    boards = {f'EL{level} {cpu} 1G' for level in (1, 2, 3)
              for cpu in ('cortex-a57', 'max')}
    sizes = {f'EL1 cortex-a57 {size}' for size in ('256M', '4G', '16G')}
    assert set(found) == boards | sizes
    for board in boards:
        assert sorted(job.name.rpartition('/')[2] for job in found[board]) == [
            'test_mmu_pfa_mmu', 'test_mmu_pfa_ram', 'ut']
        unit, = [job for job in found[board] if job.name.endswith('ut')]
        assert 'test_ut and lib_test_mmu_pfa' in unit.argv
    assert all(len(found[board]) == 1 for board in sizes)
    identities = {suite: {job.argv[job.argv.index('--id') + 1]
                          for job in some} for suite, some in found.items()}
    assert identities['EL3 max 1G'] == {'el3-max'}
    assert all(len(some) == 1 for some in identities.values())
    assert identities['EL1 cortex-a57 16G'] == {'el1-16g'}
    data = [job.argv[job.argv.index('--persistent-data-dir') + 1]
            for some in found.values() for job in some]
    assert len(set(data)) == len(data) == 21


def test_options_are_a_suite_each(runner, tmp_path):
    """Unit tests and one file with each image, and in no other suite

    Proves: BLD-078
    """
    (tmp_path / 'test/py/tests').mkdir(parents=True)
    (tmp_path / 'test/py/tests/test_mmu_pfa_options.py').touch()
    args = argparse.Namespace(
        k='', timeout=None, id='el1', tree=tmp_path, obj=tmp_path / 'obj',
        repo=tmp_path, results=tmp_path / 'results')
    for name in ('console', 'levels'):
        for _, some in runner.SUITES[name](args):
            assert not [job for job in some if 'options' in job.name]
    found = {suite: list(some)
             for suite, some in runner.SUITES['options'](args)}
    makefile = (REPO / 'Makefile').read_text()
    names = re.search(r'^OPTIONS := (.*)', makefile, re.M).group(1).split()
    assert list(found) == [f'options {name}' for name in names]
    for name, jobs in zip(names, found.values()):
        assert [job.name for job in jobs] == ['ut', 'test_mmu_pfa_options']
        for job in jobs:
            words = dict(zip(job.argv, job.argv[1:]))
            assert words['--build-dir'] == f'{tmp_path}/obj-{name}'


def test_boot_has_a_kernel_on_the_disk(runner, tmp_path):
    """At each level, in no other suite; what boots is beside what is loaded

    Proves: BLD-076
    """
    (tmp_path / 'test/py/tests').mkdir(parents=True)
    (tmp_path / 'test/py/tests/test_mmu_pfa_boot.py').touch()
    (tmp_path / 'boot').mkdir()
    (tmp_path / 'boot/linux').write_text('kernel')
    args = argparse.Namespace(
        k='', timeout=None, id='el1', tree=tmp_path, obj=tmp_path,
        repo=tmp_path, results=tmp_path / 'results', boot=tmp_path / 'boot')
    for name in ('console', 'levels'):
        for _, some in runner.SUITES[name](args):
            assert not [job for job in some if 'boot' in job.name]
    found = dict(runner.SUITES['boot'](args))
    assert list(found) == [f'boot EL{level} cortex-a57 1G'
                           for level in (1, 2, 3)]
    for job, in found.values():
        disk = job.argv[job.argv.index('--persistent-data-dir') + 1] + '/disk'
        assert {'linux', 'pattern.bin'} == set(os.listdir(disk))
        with open(f'{disk}/linux', encoding='ascii') as kernel:
            assert kernel.read() == 'kernel'


def test_uboot_runs_both_kinds(runner, tmp_path):
    """U-Boot's whole suite, and its unit tests

    Proves: BLD-074
    """
    args = argparse.Namespace(k='', timeout=None, repo=tmp_path,
                              results=tmp_path / 'results')
    (name, some), = runner.SUITES['uboot'](args)
    assert name == 'uboot'
    assert [job.argv[1] for job in some] == ['plain', 'ut']


def test_unit_tests_have_their_own_names():
    """'ut' runs through one parametrized test of U-Boot's

    Proves: BLD-020
    """
    name = jobs.test_name
    assert name('test/py/tests/test_ut.py::test_ut[ut_lib_lib_test_mmu_pfa_x]'
                ) == ('ut', 'lib_test_mmu_pfa_x')
    assert name('tests/test_mmu_pfa_board.py::test_a[1-2]') == \
        ('test_mmu_pfa_board', 'test_a[1-2]')


def run_main(runner, tmp_path, suites, *args, partial=False):
    """Run main() on suites given as {name: [script]}"""
    def make(name, scripts):
        return runner.one_suite(name, lambda args: [
            jobs.Job(f'{name}{i}', ['sh', '-c', text], jobs.read_tap, 20,
                       partial=partial)
            for i, text in enumerate(scripts)])

    runner.SUITES = {name: make(name, scripts)
                     for name, scripts in suites.items()}
    return runner.main(['--results', str(tmp_path / 'results'), *args,
                        *suites])


GOOD = 'echo "ok 1 - good"; echo 1..1'
BAD = 'echo "# x is wrong"; echo "not ok 1 - bad"; echo 1..1; exit 1'
SKIPPED = 'echo "ok 1 - idle # SKIP no board"; echo 1..1'


def test_summary_is_the_last_line(runner, tmp_path, capsys):
    """The sum over all suites, alone on the last line, and status 0

    Proves: BLD-023
    """
    assert run_main(runner, tmp_path,
                    {'one': [GOOD, GOOD], 'two': [GOOD, SKIPPED]}) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == '3 passed, 0 failed, 1 skipped'
    assert sorted(line.split()[0] for line in out[:-1]) == ['one', 'two']


def test_failure_is_shown(runner, tmp_path, capsys):
    """A failed test is named with its output; the status is not 0

    Proves: BLD-023
    """
    assert run_main(runner, tmp_path, {'one': [GOOD, BAD], 'two': [GOOD]}) == 1
    out = capsys.readouterr().out
    assert 'FAIL one: one1: bad' in out and 'x is wrong' in out
    assert out.splitlines()[-1] == '2 passed, 1 failed, 0 skipped'


def test_unreached_tests_are_shown_by_number(capsys):
    """They all count, but one line is enough for them

    Proves: BLD-023
    """
    report.show_failures('console', [
        jobs.Result('test_a', 'b', 'failed', 0, 'the board is gone'),
        jobs.Result('test_a', 'c', 'failed', 0, 'not reached'),
        jobs.Result('test_a', 'd', 'failed', 0, 'not reached')])
    assert capsys.readouterr().out.splitlines() == [
        'FAIL console: test_a: b', '    the board is gone',
        'FAIL console: test_a: 2 tests not reached']


@pytest.mark.parametrize('scripts', [[], [SKIPPED], ['echo 1..0']])
def test_suite_without_a_test_has_failed(runner, tmp_path, capsys, scripts):
    """No job, nothing but skipped tests, no test at all

    Proves: BLD-024
    """
    assert run_main(runner, tmp_path, {'one': scripts, 'two': [GOOD]}) == 1
    assert 'no test ran' in capsys.readouterr().out


def test_one_suite_with_a_chosen_test_is_enough(runner, tmp_path, capsys):
    """With -k, it is a failure only if no suite has a test that matches

    Proves: BLD-024
    """
    suites = {'one': ['echo 1..0'], 'two': [GOOD]}
    assert run_main(runner, tmp_path, suites, '-k', 'x', partial=True) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == '1 passed, 0 failed, 0 skipped'
    del suites['two']
    assert run_main(runner, tmp_path, suites, '-k', 'x', partial=True) == 1
    out = capsys.readouterr().out.splitlines()
    assert "    no test that matches 'x' ran" in out
    assert out[-1] == '0 passed, 1 failed, 0 skipped'


def test_results_are_left(runner, tmp_path):
    """Each suite leaves JUnit's XML and TAP that say the same

    Proves: BLD-025
    """
    run_main(runner, tmp_path, {
        'one': [GOOD, 'printf "# a\\033[1m<b>\\n"; ' + BAD, SKIPPED]}, '-j1')
    suite = xml.etree.ElementTree.parse(
        tmp_path / 'results/one.xml').getroot()
    assert {name: suite.get(name)
            for name in ('tests', 'failures', 'skipped')} == \
        {'tests': '3', 'failures': '1', 'skipped': '1'}
    assert [(case.get('classname'), case.get('name'),
             [child.tag for child in case]) for case in suite] == [
        ('one0', 'good', []), ('one1', 'bad', ['failure']),
        ('one2', 'idle', ['skipped'])]
    assert (tmp_path / 'results/one.tap').read_text() == '''\
ok 1 - one0: good
not ok 2 - one1: bad
ok 3 - one2: idle # SKIP
1..3
'''


def test_jobs_run_side_by_side(runner, tmp_path):
    """Two jobs that wait for each other both come to their end

    Proves: BLD-026
    """
    wait = '''touch {0}; i=0; while [ ! -e {1} ]; do
i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.05; done; '''
    a, b = tmp_path / 'a', tmp_path / 'b'
    assert run_main(runner, tmp_path, {
        'one': [wait.format(a, b) + GOOD], 'two': [wait.format(b, a) + GOOD]},
        '-j2') == 0


def test_report_is_written_at_once(tmp_path):
    """What is known when pytest is killed is in the report

    Proves: BLD-022
    """
    job = pytest_job(tmp_path, '''
import os, signal
def test_a(): pass
def test_b(): os.kill(os.getpid(), signal.SIGKILL)
''')
    jobs.run_job(job)
    events = [json.loads(line) for line in job.report.read_text().splitlines()]
    assert [event.get('outcome') for event in events if 'test' in event] == \
        ['passed']
