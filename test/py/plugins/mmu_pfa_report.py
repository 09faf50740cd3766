# SPDX-License-Identifier: GPL-2.0+
"""A pytest plugin that tells tools/run-tests what happens, as it happens

Lines of JSON go to the file named by MMU_PFA_REPORT: first the tests found,
then each as it starts and ends. Written at once, they hold what is known even
when pytest is killed, and they show which tests were never reached: U-Boot's
framework leaves pytest when the board does not come back, and what pytest
itself writes is then silent about the rest.
"""

import json
import os

import pytest

# Of a failed test's output, the end is what tells
TAIL = 60


class Reporter:
    """Writes the lines"""

    def __init__(self, path):
        self.out = open(path, 'w', encoding='utf-8', buffering=1)

    def write(self, **what):
        print(json.dumps(what), file=self.out)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        self.write(found=[item.nodeid for item in session.items])

    def pytest_runtest_logstart(self, nodeid):
        self.write(start=nodeid)

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(test=report.nodeid or 'collection', outcome='failed',
                       seconds=0, text=str(report.longrepr))

    def pytest_runtest_logreport(self, report):
        # One line a test: of its body, or of what kept the body from running,
        # or of a failure in cleaning up after it
        if report.when != 'call' and report.passed:
            return
        text = ''
        if report.failed:
            # The console's \r\n has become two line ends on its way
            lines = filter(str.strip, report.capstdout.splitlines())
            text = '\n'.join([*list(lines)[-TAIL:], str(report.longrepr)])
        elif report.skipped and isinstance(report.longrepr, tuple):
            text = report.longrepr[2]
        self.write(test=report.nodeid, outcome=report.outcome,
                   seconds=round(report.duration, 3), text=text)


def pytest_configure(config):
    path = os.environ.get('MMU_PFA_REPORT')
    if path:
        config.pluginmanager.register(Reporter(path), 'mmu_pfa_report_writer')
