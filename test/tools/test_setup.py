# SPDX-License-Identifier: GPL-2.0+
"""tools/setup.sh installs what is missing, or names it"""

import shutil
import subprocess

import pytest

from conftest import REPO


@pytest.fixture
def machine(tmp_path):
    """A machine whose only commands are those that a test adds"""
    path = tmp_path / 'bin'
    path.mkdir()
    for name in ('env', 'tail', 'cat'):
        (path / name).symlink_to(shutil.which(name))

    class Machine:
        log = tmp_path / 'log'

        def add(self, name, script=''):
            (path / name).write_text(f'#!/bin/sh\n{script}\n')
            (path / name).chmod(0o755)

        def add_apt(self, install):
            """apt-get notes how it is called; install is what it then does"""
            self.add('apt-get', f'''
echo "$DEBIAN_FRONTEND: $@" >>{self.log}
[ -z "$(cat)" ] || echo "there is input" >>{self.log}
case "$*" in *install*) {install} ;; esac''')

        def command(self, name):
            return f'echo "#!/bin/sh" >{path}/{name}; ' \
                f'{shutil.which("chmod")} +x {path}/{name}'

        def setup(self, *jobs):
            done = subprocess.run(
                [REPO / 'tools/setup.sh', *jobs], env={'PATH': str(path)},
                input='y\n', capture_output=True, text=True, timeout=20,
                check=False)
            return done.returncode, done.stdout, done.stderr

        def calls(self):
            return self.log.read_text().splitlines() \
                if self.log.exists() else []

    return Machine()


def test_complete_machine_is_left_alone(machine):
    """Nothing missing: nothing printed, no package list fetched

    Proves: BLD-050
    """
    machine.add('qemu-system-aarch64')
    machine.add_apt('')
    assert machine.setup('run') == (0, '', '')
    assert machine.calls() == []


def test_missing_packages_are_installed(machine):
    """As root: one line names them, then update and install, without input

    Proves: BLD-051
    """
    machine.add('id', 'echo 0')
    machine.add_apt(machine.command('qemu-system-aarch64'))
    assert machine.setup('run') == \
        (0, 'setup: installing qemu-system-arm\n', '')
    assert machine.calls() == [
        'noninteractive: -qq update',
        'noninteractive: -qq install --no-install-recommends -y '
        'qemu-system-arm']
    assert machine.setup('run') == (0, '', '')
    assert len(machine.calls()) == 2


def test_failed_update_does_not_stop_it(machine):
    """A source that cannot be read is no matter if the packages are elsewhere

    Proves: BLD-051
    """
    machine.add('id', 'echo 0')
    machine.add_apt(machine.command('qemu-system-aarch64') +
                    ' ;; *update*) echo "E: no Release file"; exit 100')
    assert machine.setup('run') == \
        (0, 'setup: installing qemu-system-arm\n', '')


def test_sudo_is_used_by_others(machine):
    """Not as root: the same through sudo

    Proves: BLD-051
    """
    machine.add('id', 'echo 1000')
    machine.add('sudo', f'echo sudo >>{machine.log}; exec "$@"')
    machine.add_apt(machine.command('qemu-system-aarch64'))
    assert machine.setup('run')[0] == 0
    assert [line.split()[0] for line in machine.calls()] == \
        ['sudo', 'noninteractive:'] * 2


def test_without_sudo_the_command_is_named(machine):
    """Neither root nor sudo: one line says what to type as root

    Proves: BLD-052
    """
    machine.add('id', 'echo 1000')
    machine.add_apt('')
    assert machine.setup('run') == \
        (1, '', 'setup: as root, please: apt-get install qemu-system-arm\n')
    assert machine.calls() == []


def test_other_systems_get_a_list(machine):
    """No APT: one line names the commands, headers and modules

    Proves: BLD-052
    """
    machine.add('gcc')
    status, out, err = machine.setup('build', 'run')
    assert (status, out) == (1, '')
    assert err.count('\n') == 1
    for name in ('aarch64-linux-gnu-gcc', 'bison', 'flex',
                 'qemu-system-aarch64'):
        assert f' {name}' in err
    assert ' gcc' not in err


@pytest.mark.parametrize('install, why', [
    ('echo "E: no such package" >&2; exit 100', 'E: no such package'),
    (':', 'still missing: qemu-system-aarch64')])
def test_failed_install_is_told(machine, install, why):
    """An install that fails, or does not bring what it should, is an error

    Proves: BLD-053
    """
    machine.add('id', 'echo 0')
    machine.add_apt(install)
    status, _, err = machine.setup('run')
    assert status == 1
    assert why in err


def test_real_machine_has_all():
    """What the checks look for is what a machine that came this far has

    Proves: BLD-050
    """
    done = subprocess.run([REPO / 'tools/setup.sh', 'build', 'test'],
                          capture_output=True, text=True, timeout=60,
                          check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
