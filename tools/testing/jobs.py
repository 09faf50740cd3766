# SPDX-License-Identifier: GPL-2.0+
"""Run a process that runs tests, and learn what became of each test"""

import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
TAIL = 60   # lines of output shown of a job that went wrong
UNREACHED = 'not reached'


@dataclass
class Result:
    """What became of one test"""
    group: str      # the file it is in, without suffix; 'ut' for unit tests
    name: str
    outcome: str    # passed, failed or skipped
    seconds: float = 0.0
    text: str = ''


@dataclass
class Job:
    """One process that runs tests"""
    name: str
    argv: list
    reader: object      # (Job, exit status or None, output) -> [Result]
    timeout: float
    env: dict = field(default_factory=dict)
    report: Path = None
    partial: bool = False       # may find nothing to run: others may
    cwd: Path = REPO


def tail(text):
    return '\n'.join(text.splitlines()[-TAIL:])


def ended(status):
    """How a job ended, in words; status is None for one that was stopped"""
    if status is None:
        return 'did not end in time'
    if status < 0:
        return f'was killed by {signal.Signals(-status).name}'
    return f'ended with status {status}'


def run_job(job):
    """Run it to its end, or to the end of its time; return its results"""
    # A make that a test calls has nothing to do with one that has called us
    env = {name: value for name, value in {**os.environ, **job.env}.items()
           if name not in ('MAKEFLAGS', 'MAKELEVEL', 'MFLAGS')}
    if job.report:
        job.report.parent.mkdir(parents=True, exist_ok=True)
        job.report.unlink(missing_ok=True)
        env['MMU_PFA_REPORT'] = str(job.report)
    try:
        with subprocess.Popen(job.argv, cwd=job.cwd, env=env, text=True,
                              errors='replace', stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True) as proc:
            try:
                output, _ = proc.communicate(timeout=job.timeout)
                status = proc.returncode
            except subprocess.TimeoutExpired:
                # The whole session: a child would keep the pipe open. QEMU is
                # in one of its own, and goes when its terminal does.
                os.killpg(proc.pid, signal.SIGKILL)
                output, _ = proc.communicate()
                status = None
    except OSError as err:
        return [Result(job.name, job.name, 'failed', 0, str(err))]
    results = job.reader(job, status, output)
    if not results and not job.partial:
        results.append(Result(job.name, job.name, 'failed', 0,
                              tail(output) + '\nno test ran'))
    return results


def read_tap(job, status, output):
    """Results of a program that prints TAP"""
    results, notes, plan = [], [], None
    for line in output.splitlines():
        match = re.match(r'(not )?ok\b\s*\d*\s*(?:- )?(.*)', line)
        if match:
            bad, name = match.groups()
            name, _, directive = name.partition(' # ')
            skipped = directive.upper().startswith('SKIP')
            results.append(Result(
                job.name, name.strip(),
                'failed' if bad else 'skipped' if skipped else 'passed', 0,
                directive if skipped else '\n'.join(notes) if bad else ''))
            notes = []
        elif re.match(r'1\.\.\d+$', line):
            plan = int(line[3:])
        else:
            notes.append(line)

    if job.partial and plan == 0 and status is not None:
        return []
    failed = any(result.outcome == 'failed' for result in results)
    if plan is None or plan != len(results) or status is None or \
       status < 0 or bool(status) != failed:
        results.append(Result(
            job.name, 'runs to its end', 'failed', 0,
            tail('\n'.join(notes)) + f'\n{job.name} {ended(status)}; ' +
            f'{len(results)} results, {plan} planned'))
    return results


def test_name(nodeid):
    """The file and the test that a pytest node stands for"""
    path, _, name = nodeid.partition('::')
    match = re.match(r'test_ut\[ut_[a-z]+_(\w+)\]$', name)
    if match:
        return 'ut', match.group(1)
    return Path(path).stem, name or 'collection'


def read_report(job, status, output):
    """Results of a pytest, from what our plugin in it wrote"""
    found, running, results = [], None, {}
    lines = job.report.read_text().splitlines() if job.report.exists() else []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            break       # pytest was killed while it wrote this
        if 'found' in event:
            found = event['found']
        elif 'start' in event:
            running = event['start']
        elif results.get(event['test'], None) is None or \
                event['outcome'] == 'failed':
            results[event['test']] = Result(
                *test_name(event['test']), event['outcome'],
                event['seconds'], event['text'])

    for nodeid in found:
        if nodeid not in results:
            why = UNREACHED
            if nodeid == running:
                why = f'was running when pytest {ended(status)}\n' + \
                    tail(output)
            results[nodeid] = Result(*test_name(nodeid), 'failed', 0, why)

    # pytest says 1 when a test failed, 5 when there was none
    failed = any(result.outcome == 'failed' for result in results.values())
    if status not in (0, 5) and not failed:
        results['end'] = Result(job.name, 'runs to its end', 'failed', 0,
                                f'{tail(output)}\npytest {ended(status)}')
    return list(results.values())
