# SPDX-License-Identifier: GPL-2.0+
"""tools/run-tiers: all tiers are run, and the last line is their sum"""

import pytest

from conftest import load

GOOD = 'echo building; echo "7 passed, 0 failed, 1 skipped"'


@pytest.fixture
def run(tmp_path, capsys):
    """Run tiers that are shell scripts; return the status and the output"""
    make = tmp_path / 'make'

    def run_tiers(**tiers):
        cases = ''.join(f'{name}) {script} ;;\n'
                        for name, script in tiers.items())
        make.write_text(f'#!/bin/sh\ncase "$2" in\n{cases}esac\n')
        make.chmod(0o755)
        status = load('run-tiers').main(['--make', str(make), *tiers])
        return status, capsys.readouterr().out.splitlines()

    return run_tiers


def test_sum_of_all_tiers(run):
    """A line for each tier with its counts and time, and the sum at the end

    Proves: BLD-072
    """
    status, out = run(one=GOOD, two=GOOD)
    assert status == 0
    assert out[-1] == '14 passed, 0 failed, 2 skipped'
    assert [line.split()[:4] for line in out[-3:-1]] == \
        [['one', '7', '0', '1'], ['two', '7', '0', '1']]
    assert out.count('building') == 2


@pytest.mark.parametrize('script, failed', [
    ('echo "5 passed, 2 failed, 0 skipped"; exit 1', 2),
    ('echo "compiler: error"; exit 2', 1),
    ('echo "5 passed, 0 failed, 0 skipped"; exit 2', 1),
    ('echo "5 passed, 0 failed, 0 skipped"; echo and more', 1),
    ('echo "0 passed, 0 failed, 3 skipped"', 1),
    ('true', 1),
])
def test_tier_that_fails(run, script, failed):
    """It counts, whatever way it failed, and the tiers after it still run

    Proves: BLD-072
    """
    status, out = run(one=script, two=GOOD)
    assert status == 1
    assert f', {failed} failed, ' in out[-1]
    assert out[-2].split()[:4] == ['two', '7', '0', '1']
