# SPDX-License-Identifier: GPL-2.0+
"""tools/check-inventory ties behaviours and tests together"""

import pytest

from conftest import load

GOOD = {
    'Makefile': 'CI_TIERS := test test-long \\\n\ttest-boot\n',
    'doc/behavior-inventory.md': '''\
# Behaviours

- **AAA-001** Something works,
  and this goes on.
- **AAA-002** Something else works.
- **BBB-001** Shown by C on the host.
- **BBB-002** Shown by C on the host as well.
- **CCC-001** Shown by a unit test.
- **DDD-001** (test-boot) Shown by another tier.
''',
    'test/tools/test_a.py': '''\
def test_one():
    """It works

    Proves: AAA-001
    """

def helper():
    """Proves: ZZZ-001 is not for helpers"""
''',
    'test/py/tests/test_mmu_pfa_b.py': '''\
class TestIt:
    def test_two(self):
        """Proves: AAA-002, AAA-001"""
''',
    'test/py/tests/test_mmu_pfa_e.py': '''\
def test_three():
    """Proves: DDD-001"""
''',
    'test/host/test_c.c': '''\
/* Proves: BBB-001 */
HOST_TEST(above)
{
}

static void helper(void)
{
}

HOST_TEST(inside)
{
	/*
	 * Proves: BBB-002
	 */
}
''',
    'test/lib/mmu_pfa_d.c': '''\
/*
 * Why this one.
 *
 * Proves: CCC-001
 */
static int lib_test_mmu_pfa_d(struct unit_test_state *uts)
{
	return 0;
}
LIB_TEST(lib_test_mmu_pfa_d, 0);
''',
}

RESULTS = [('test_a', 'test_one'), ('test_mmu_pfa_b', 'test_two[1]'),
           ('test_mmu_pfa_b', 'test_two[2]'), ('test_c', 'above'),
           ('test_c', 'inside'), ('ut', 'lib_test_mmu_pfa_d')]


@pytest.fixture
def repo(tmp_path):
    """A repository in which all is well"""
    for name, text in GOOD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def replace(repo, name, old, new):
    path = repo / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def write_results(repo, passed, others=()):
    """Results of a run; others = {(class, test): 'skipped' or 'failure'}"""
    cases = [f'<testcase classname="{c}" name="{n}"/>' for c, n in passed]
    cases += [f'<testcase classname="{c}" name="{n}"><{tag}/></testcase>'
              for (c, n), tag in dict(others).items()]
    (repo / 'results').mkdir(exist_ok=True)
    (repo / 'results/all.xml').write_text(
        f'<testsuite>{"".join(cases)}</testsuite>')


def check(repo, capsys, results=False, tier='test'):
    """Status, and what is said against"""
    more = ['--results', str(repo / 'results')] if results else []
    more += ['--tier', tier]
    status = load('check-inventory').main(['--repo', str(repo), *more])
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == ('1..1' if tier != 'test' else '1..5' if results
                       else '1..4')
    assert status == any(line.startswith('not ok') for line in out)
    return [line[2:] for line in out if line.startswith('# ')]


def test_all_is_well(repo, capsys):
    """Nothing is said where all is tied together and has passed

    Proves: BLD-030
    """
    write_results(repo, RESULTS)
    assert check(repo, capsys, results=True) == []


def test_duplicate_is_found(repo, capsys):
    """An ID that is listed twice

    Proves: BLD-030
    """
    replace(repo, 'doc/behavior-inventory.md', 'AAA-002', 'AAA-001')
    assert 'AAA-001 is listed 2 times' in check(repo, capsys)


@pytest.mark.parametrize('line', [
    '- **AAA-12** too short', '- **AAA-003**', '* **AAA-003** a star',
    '-  **aaa-003** lower case'])
def test_malformed_entry_is_found(repo, capsys, line):
    """A line that means to list a behaviour but does not

    Proves: BLD-030
    """
    replace(repo, 'doc/behavior-inventory.md', '- **BBB-001**',
            f'{line}\n- **BBB-001**')
    assert len(check(repo, capsys)) == 1


def test_behaviour_without_a_test_is_found(repo, capsys):
    """An ID that no test names

    Proves: BLD-031
    """
    replace(repo, 'doc/behavior-inventory.md', '- **BBB',
            '- **AAA-003** New.\n- **BBB')
    assert check(repo, capsys) == ['AAA-003 has no test']


@pytest.mark.parametrize('name, old', [
    ('test/tools/test_a.py', 'AAA-001'),
    ('test/py/tests/test_mmu_pfa_b.py', 'AAA-002'),
    ('test/host/test_c.c', 'BBB-001'), ('test/host/test_c.c', 'BBB-002'),
    ('test/lib/mmu_pfa_d.c', 'CCC-001')])
def test_unknown_id_is_found(repo, capsys, name, old):
    """An ID that a test of any kind names but the inventory does not list

    Proves: BLD-032
    """
    replace(repo, name, old, f'{old} XXX-009')
    said = check(repo, capsys)
    assert len(said) == 1
    assert name in said[0] and 'XXX-009' in said[0]


def test_id_outside_of_a_test_is_found(repo, capsys):
    """An ID in the comment of something that is no test proves nothing

    Proves: BLD-032
    """
    replace(repo, 'test/host/test_c.c', 'static void helper',
            '/* Proves: BBB-002 */\nstatic void helper')
    with open(repo / 'test/host/test_c.c', 'a', encoding='ascii') as out:
        out.write('/* Proves: AAA-001 */\n')
    where = 'test/host/test_c.c: a comment outside of the tests names '
    assert check(repo, capsys) == [where + 'BBB-002', where + 'AAA-001']


@pytest.mark.parametrize('others', [
    {}, {('test_c', 'inside'): 'skipped'}, {('test_c', 'inside'): 'failure'}])
def test_behaviour_that_did_not_pass_is_found(repo, capsys, others):
    """An ID all of whose tests were skipped, failed or did not run

    Proves: BLD-033
    """
    write_results(repo, [r for r in RESULTS if r != ('test_c', 'inside')],
                  others)
    assert check(repo, capsys, results=True) == \
        ['no test of BBB-002 has passed']


def test_one_passed_test_is_enough(repo, capsys):
    """Another test of the same behaviour may be skipped

    Proves: BLD-033
    """
    write_results(repo, RESULTS[1:], {RESULTS[0]: 'skipped'})
    assert check(repo, capsys, results=True) == []


def test_other_tier_shows_its_own(repo, capsys):
    """What another tier shows is no matter here, and is the only thing there

    Proves: BLD-070
    """
    write_results(repo, [('test_mmu_pfa_e', 'test_three')])
    assert check(repo, capsys, results=True, tier='test-boot') == []
    write_results(repo, RESULTS)
    assert check(repo, capsys, results=True, tier='test-boot') == \
        ['no test of DDD-001 has passed']


def test_tier_that_does_not_run_is_found(repo, capsys):
    """A behaviour that no tier of continuous integration would show

    Proves: BLD-070
    """
    replace(repo, 'Makefile', 'test-boot', 'test-cost')
    assert check(repo, capsys) == [
        'DDD-001: test-boot is not in CI_TIERS of the Makefile']
