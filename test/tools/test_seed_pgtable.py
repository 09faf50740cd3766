# SPDX-License-Identifier: GPL-2.0+
"""tools/seed-pgtable knows a fault for each rule that is checked"""

import pytest

from conftest import REPO, load

GOOD = {
    'test/host/model_mmu.c': '''\
	fault(m, "broke it", va);
	fault(m, made ? "made it" :
			"left it", pa);
''',
    'test/host/faults.txt': '''\
What this is.

== lib/a.c: no break
-- x y
!= broke it
	hw_break();
--
== lib/a.c: made wrong
-- x
!= made it
	hw_make(1);
--
	hw_make(2);
== lib/a.c: left alone
-- x
!= left it
	hw_make(1);
--
== lib/a.c: no count
-- x
	count++;
--
''',
    'lib/a.c': '\thw_break();\n\thw_make(1);\n\tcount++;\n',
    'doc/develop/mmu_pfa.rst': '''\
A rule.

    "broke it": ``no break``

Another.

    "made it": ``made
    wrong``

    "left it": ``left alone``
''',
}


def complaints(module, tree, **changes):
    for name, text in GOOD.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changes.get(name.split('/')[-1].split('.')[0],
                                    text))
    faults = module.read_faults((tree / 'test/host/faults.txt').read_text())
    return list(module.find_wrong(tree, faults))


@pytest.fixture(name='module')
def fixture_module():
    return load('seed-pgtable')


def test_each_rule_has_a_fault(module):
    """All that the model of the MMU objects to, and the documentation, is in
    the list of seeded faults, and their lines are in the sources

    Proves: ENG-110
    """
    faults = module.read_faults(
        (REPO / 'test/host/faults.txt').read_text())
    assert len(faults) > 80
    assert len(module.objections(
        (REPO / 'test/host/model_mmu.c').read_text())) > 15
    assert not list(module.find_wrong(REPO, faults))


def test_what_is_missing_is_found(module, tmp_path):
    """Proves: ENG-110"""
    faults, model, rules, source = (GOOD[name] for name in (
        'test/host/faults.txt', 'test/host/model_mmu.c',
        'doc/develop/mmu_pfa.rst', 'lib/a.c'))
    assert not complaints(module, tmp_path)
    for changes, said in (
            ({'a': source.replace('count++', 'count--')},
             'no count: its lines are not in lib/a.c'),
            ({'model_mmu': model + '\tfault(m, "ate it", va);\n'},
             '"ate it": no fault shows'),
            ({'model_mmu': model.replace('made it', 'makes it')},
             '"made it": test/host/model_mmu.c never says so'),
            ({'mmu_pfa': rules.replace('left alone', 'left')},
             'left alone: not among the rules'),
            ({'mmu_pfa': rules.replace('``no b', '``no pause``; ``no b')},
             'no pause: among the rules')):
        found = complaints(module, tmp_path, **changes)
        assert any(line.startswith(said) for line in found), (said, found)
    assert module.read_faults(faults)[3].new == ''
