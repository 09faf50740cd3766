# SPDX-License-Identifier: GPL-2.0+
"""What the console tests of the MMU/PFA extension share

A test module imports the fixtures that it uses:

    from mmu_pfa_helper import con, fresh

and a test talks to U-Boot through them:

    def test_pfa_alloc_zero(con):
        assert con.fails('pfa alloc 0') == 'pfa: ...'

Tests that pass share one running U-Boot, in the order of the file: a test
undoes what it did, or uses 'fresh' and leaves a mess to nobody (the next one
that uses 'con' sees it, unless it uses 'fresh' as well).
"""

import json
import os
import re
import zlib

import pytest

# Not a text that a command prints, and nothing that hush would expand
STATUS = 'status:'

# Commands of U-Boot's whose lines may be longer than those of ours, or end in
# blanks
UNSHAPED = {'bdinfo', 'bootefi', 'booti', 'dhcp', 'dm', 'echo', 'efidebug',
            'flinfo', 'go', 'help', 'load', 'meminfo', 'mtd', 'pci',
            'printenv', 'tftpboot', 'ut', 'version', 'virtio'}

# CONFIG_ENV_SIZE of QEMU's board
ENV_SIZE = 0x40000


class Board:
    """U-Boot at its prompt"""

    def __init__(self, console):
        # U-Boot's own object, for what is not here: wait_for(), ctrlc(),
        # temporary_timeout(), disable_check(), config
        self.raw = console
        words = console.config.board_identity.split('-')
        # The exception level that it starts at, by the board's identity
        self.level = 3 if 'el3' in words else 2 if 'el2' in words else 1

    def run(self, cmd):
        """Run a command line

        Returns:
            tuple: what it printed, without the last line break, and $?
        """
        text = self.raw.run_command(f'{cmd}; echo {STATUS}$?')
        text = text.replace('\r', '')
        match = re.search(rf'(?:^|\n){STATUS}(-?\d+)$', text)
        if not match:
            # The command did not end its last line
            match = re.search(rf'{STATUS}(-?\d+)$', text)
        assert match, f'no status after {cmd!r}: {text!r}'
        text = text[:match.start()]
        check_lines(cmd, text)
        return text, int(match.group(1))

    def ok(self, cmd):
        """Run a command line that succeeds; return what it printed"""
        text, status = self.run(cmd)
        assert status == 0, f'{cmd!r} failed with {status}: {text}'
        return text

    def fails(self, cmd):
        """Run a command line that fails and says why in one line; return it"""
        text, status = self.run(cmd)
        assert status == 1, f'{cmd!r}: status {status}, expected 1: {text}'
        assert text and '\n' not in text, \
            f'{cmd!r}: expected one line, got {text!r}'
        return text

    def usage(self, cmd):
        """Run a command line of wrong syntax, which prints the usage"""
        text, status = self.run(cmd)
        assert status == 1, f'{cmd!r}: status {status}, expected 1: {text}'
        assert 'Usage:' in text, f'{cmd!r}: no usage in {text!r}'
        return text

    def json(self, cmd):
        """Run a command with -j; return the objects before the closing one

        The closing object has to name the command, and the number and the
        checksum of the lines before it.
        """
        objects, end = parse_jsonl(self.ok(cmd))
        words = [word for word in cmd.split() if not word.startswith('-')]
        assert end in ('.'.join(words[:2]), '.'.join(words[:3])), \
            f'{cmd!r}: closes with {end}'
        return objects

    def env(self, name):
        """The value of an environment or hush variable; None if it is empty

        By echo, because printenv complains in the words of a crash.
        """
        return self.ok(f'echo "${{{name}}}"') or None

    def restart(self, qemu='', env=None):
        """Boot anew

        Args:
            qemu: Added to QEMU's command line for this boot
            env: Variables that this boot finds in its environment flash,
                beside all that are set now. Without it, the boot has the
                default environment.
        """
        flash = f'{self.raw.config.persistent_data_dir}/flash.img'
        if os.path.exists(flash):
            write_env_flash(flash, {**self.all_env(), **env} if env else {})
        elif env:
            pytest.skip(f'no {flash} to put an environment into')
        saved = os.environ.get('UB_QEMU_EXTRA', '')
        os.environ['UB_QEMU_EXTRA'] = f'{saved} {qemu}'
        try:
            self.raw.restart_uboot()
        finally:
            os.environ['UB_QEMU_EXTRA'] = saved

    def ut(self, test):
        """The command line for a unit test that runs only on request

        Where -f stands has changed between releases.
        """
        words = ('-f', 'lib') if self.release() >= (2025, 4) else \
            ('lib', '-f')
        return ' '.join(['ut', *words, test])

    def release(self):
        """U-Boot's release: (2025, 1)"""
        return tuple(map(int, re.search(
            r'U-Boot (\d+)\.(\d+)',
            self.raw.u_boot_version_string).groups()))

    def all_env(self):
        """The environment"""
        lines = self.ok('printenv').split('\n')
        return dict(line.split('=', 1) for line in lines if '=' in line)

    def reset(self, cmd='reset', shows='resetting ...'):
        """Run a command that resets the board, and see it boot

        Args:
            cmd: The command line
            shows: What it prints before that
        """
        with self.raw.disable_check('error_please_reset'):
            self.raw.run_command(cmd, wait_for_prompt=False)
            self.raw.wait_for(shows)
            if self.level == 3:
                # PSCI would be the firmware's, and there is none above
                self.raw.wait_for('System reset not supported')
        if self.level == 3:
            self.raw.restart_uboot()
        else:
            self.raw.wait_for_boot_prompt()
            self.raw.at_prompt = True


def check_lines(cmd, text):
    """What a command prints fits a terminal: 80 columns, no blanks behind"""
    words = {line.split()[0] for line in re.split('[;&|]+', cmd)
             if line.split()}
    if words & UNSHAPED:
        return
    for line in text.split('\n'):
        if line.startswith('{"'):       # JSON is for machines
            continue
        assert len(line) <= 80, f'{cmd!r}: {len(line)} columns: {line!r}'
        assert line.isascii() and line.isprintable(), f'{cmd!r}: {line!r}'
        assert line == line.rstrip(), f'{cmd!r}: blanks behind: {line!r}'


def write_env_flash(path, env):
    """Write an environment to where the board looks for it, or erase it

    QEMU's flash and U-Boot's driver for it do not agree on how to write a
    buffer (seen with the stock image of v2025.01), so that saveenv fails and
    the environment has to come from outside.
    """
    with open(path, 'r+b') as flash:
        size = flash.seek(0, os.SEEK_END)
        flash.truncate(0)
        flash.truncate(size)
        if env:
            data = b''.join(f'{name}={value}\0'.encode()
                            for name, value in env.items()) + b'\0'
            data = data.ljust(ENV_SIZE - 4, b'\0')
            flash.seek(0)
            flash.write(zlib.crc32(data).to_bytes(4, 'little') + data)


def parse_jsonl(text):
    """Take JSON Lines with a closing object apart

    Returns:
        tuple: list of the objects, and what the closing one says it closes
    """
    lines = text.replace('\r', '').split('\n')
    assert lines and lines[-1].startswith('{"end":'), \
        f'no closing object in {text!r}'
    closing = json.loads(lines.pop())
    crc = 0
    for line in lines:
        crc = zlib.crc32(line.encode() + b'\n', crc)
    assert closing['n'] == len(lines), \
        f'{closing["n"]} objects announced, {len(lines)} arrived'
    assert closing['crc32'] == f'{crc:08x}', \
        f'checksum {closing["crc32"]} announced, {crc:08x} found'
    return [json.loads(line) for line in lines], closing['end']


@pytest.fixture
def con(request):
    """U-Boot at its prompt, as the tests before left it"""
    try:
        console = request.getfixturevalue('ubman')
    except pytest.FixtureLookupError:
        # The fixture's name up to v2025.04
        console = request.getfixturevalue('u_boot_console')
    return Board(console)


def interrupt(con, cmd):
    """Run a command that finds Ctrl-C waiting; what it printed"""
    text = con.raw.run_command(f'{cmd}; echo {STATUS}$?\n\x03',
                               wait_for_echo=False, send_nl=False)
    match = re.search(rf'(?:^|\n)(?!=>)([^\n]*)\n{STATUS}(\d+)',
                      text.replace('\r', ''))
    assert match and match.group(2) == '1', text
    return match.group(1)


def one_block(con):
    """Whether U-Boot's own map has all RAM in one block

    Newer releases split it at boot with CONFIG_MMU_PGPROT: into blocks of 2
    MiB, and pages where the image is.
    """
    return con.raw.config.buildconfig.get('config_mmu_pgprot') != 'y'


def boot_tables(con):
    """What U-Boot's own tables fill from the root on: two trees, in bytes"""
    return (10 if one_block(con) else 12) * 4096


def level(con, va):
    """The level of the entry that maps an address"""
    row, = con.json(f'mmu dump {va:x} 1000 -j')
    return row['level']


def keeps_bounds(con, bench, bounds, least=None):
    """Instructions by the PMU, which QEMU counts exactly with -icount"""
    con.restart('-icount shift=0')
    try:
        with con.raw.temporary_timeout(300000):
            text = con.ok(bench)
        for name, bound in bounds.items():
            row = re.search(rf'^{name} .* ([\d.]+) insn', text, re.M)
            assert row, text
            assert (least or {}).get(name, 0) < float(row.group(1)) <= bound, \
                row.group(0)
    finally:
        con.restart()


@pytest.fixture
def fresh(con):
    """U-Boot at its prompt, just booted"""
    con.restart()
    return con


@pytest.fixture
def efi(con):
    """U-Boot at its prompt, just booted, where EFI applications can run

    U-Boot starts them at EL2 when it runs at EL3 itself, so there has to be
    one.
    """
    if con.level != 3:
        con.restart()
        yield con
        return
    con.restart('-machine virtualization=on')
    yield con
    con.restart()
