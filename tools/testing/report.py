# SPDX-License-Identifier: GPL-2.0+
"""Run suites of jobs side by side; what they leave behind and print"""

import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from xml.sax.saxutils import escape, quoteattr

from testing.jobs import UNREACHED, Result, run_job, tail


def write_junit(path, suite, results):
    count = {outcome: sum(r.outcome == outcome for r in results)
             for outcome in ('failed', 'skipped')}
    with open(path, 'w', encoding='utf-8') as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n'
                  f'<testsuite name="{suite}" tests="{len(results)}" '
                  f'failures="{count["failed"]}" errors="0" '
                  f'skipped="{count["skipped"]}">\n')
        for r in results:
            out.write(f' <testcase classname={quoteattr(r.group)} '
                      f'name={quoteattr(r.name)} time="{r.seconds:.3f}"')
            if r.outcome == 'passed':
                out.write('/>\n')
                continue
            tag = 'failure' if r.outcome == 'failed' else 'skipped'
            # XML has no way to write most control characters
            text = re.sub(r'[^\t\n\x20-\ud7ff\ue000-\ufffd]', '?', r.text)
            out.write(f'><{tag}>{escape(text)}</{tag}></testcase>\n')
        out.write('</testsuite>\n')


def write_tap(path, results):
    with open(path, 'w', encoding='utf-8') as out:
        for number, r in enumerate(results, 1):
            bad = 'not ' if r.outcome == 'failed' else ''
            skip = ' # SKIP' if r.outcome == 'skipped' else ''
            out.write(f'{bad}ok {number} - {r.group}: {r.name}{skip}\n')
        out.write(f'1..{len(results)}\n')


def counts(results):
    return [sum(r.outcome == outcome for r in results)
            for outcome in ('passed', 'failed', 'skipped')]


def ran(results):
    return any(r.outcome != 'skipped' for r in results)


def show_failures(suite, results):
    """Each failed test with its output; those never reached only by number"""
    unreached = {}
    for r in results:
        if r.text == UNREACHED:
            unreached[r.group] = unreached.get(r.group, 0) + 1
        elif r.outcome == 'failed':
            print(f'FAIL {suite}: {r.group}: {r.name}')
            for line in tail(r.text).splitlines():
                print(f'    {line}')
    for group, number in unreached.items():
        print(f'FAIL {suite}: {group}: {number} tests {UNREACHED}')


class Progress:
    """Collects what the jobs of each suite return; reports complete suites"""

    def __init__(self, jobs, directory, chosen):
        self.left = {suite: len(some) for suite, some in jobs.items()}
        self.results = {suite: [] for suite in jobs}
        self.began = {}
        self.directory = directory
        self.chosen = chosen    # with -k: suites may have nothing to run
        self.width = max(map(len, [*jobs, 10 * '-']))
        self.lock = threading.Lock()

    def run(self, suite, job):
        with self.lock:
            self.began.setdefault(suite, time.monotonic())
        results = run_job(job)
        with self.lock:
            self.results[suite] += results
            self.left[suite] -= 1
            if not self.left[suite]:
                self.complete(suite)

    def complete(self, suite):
        results = self.results[suite]
        if not self.chosen and not ran(results):
            results.append(Result(suite, 'runs a test', 'failed', 0,
                                  'no test ran in this suite'))
        path = self.directory / suite.lower().replace(' ', '-')
        write_junit(path.with_suffix('.xml'), suite, results)
        write_tap(path.with_suffix('.tap'), results)
        seconds = time.monotonic() - self.began.get(suite, time.monotonic())
        print('{:{}} {:4} passed, {} failed, {} skipped  ({:.1f} s)'.format(
            suite, self.width, *counts(results), seconds), flush=True)
        show_failures(suite, results)
        sys.stdout.flush()


def run_suites(jobs, directory, workers, chosen=False):
    progress = Progress(jobs, directory, chosen)
    for suite, some in jobs.items():
        if not some:
            progress.complete(suite)
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(progress.run, suite, job)
                     for suite, some in jobs.items() for job in some]:
            done.result()
    return [r for results in progress.results.values() for r in results]
