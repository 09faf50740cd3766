# SPDX-License-Identifier: GPL-2.0+
"""Packages of Debian through an APT configuration of our own

The machine's own mirror, keys and proxies are used, and nothing of the
machine's APT is changed: lists, caches and sources are below a directory that
the caller brings.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

TIMEOUT = 60    # seconds without progress, in each kind of download


class FetchError(Exception):
    """Why one way to get something did not work"""


def cache_dir():
    if os.environ.get('UBOOT_CACHE'):
        return Path(os.environ['UBOOT_CACHE'])
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base) / 'mmu_pfa'


def read_deb822(text):
    """Yield each stanza of a .sources file as {lower-case field: value}"""
    stanza, field = {}, None
    for line in text.splitlines() + ['']:
        if not line.strip():
            if stanza:
                yield stanza
            stanza, field = {}, None
        elif line.startswith('#'):
            continue
        elif line[0] in ' \t':
            if field:
                stanza[field] += '\n' + line
        elif ':' in line:
            field, value = line.split(':', 1)
            field = field.strip().lower()
            stanza[field] = value.strip()


def read_one_line(text):
    """Yield each entry of a .list file in the form of read_deb822()"""
    for line in text.splitlines():
        line = line.split('#', 1)[0].strip()
        match = re.match(
            r'(deb(?:-src)?)\s+(?:\[(.*?)\]\s*)?(\S+)\s+(\S+)(.*)', line)
        if not match:
            continue
        kind, options, uri, suite, components = match.groups()
        stanza = {'types': kind, 'uris': uri, 'suites': suite,
                  'components': components.strip()}
        for option in (options or '').split():
            name, _, value = option.partition('=')
            stanza[name.lower()] = value.replace(',', ' ')
        yield stanza


def apt_entries(etc):
    """Every entry of the APT sources below etc"""
    parts = etc / 'sources.list.d'
    for path in sorted(parts.glob('*.sources')):
        yield from read_deb822(path.read_text(errors='replace'))
    for path in [etc / 'sources.list', *sorted(parts.glob('*.list'))]:
        if path.is_file():
            yield from read_one_line(path.read_text(errors='replace'))


def is_debian_archive(entry):
    """Does the entry name Debian's main archive, whatever the mirror?

    The suites tell: those of the security archive, of backports and of third
    parties have other names, and so have those of other distributions.
    """
    suites = {'bookworm', 'trixie', 'forky', 'sid', 'oldstable', 'stable',
              'testing', 'unstable'}
    return entry.get('enabled', 'yes').lower() not in ('no', 'false', '0') \
        and 'main' in entry.get('components', '').split() \
        and suites & set(entry.get('suites', '').split()) \
        and not entry.get('uris', '').startswith('cdrom:') \
        and entry.get('uris')


def private_source(entry, kind, suite):
    """The entry, turned into one for packages of a kind from a suite

    The kind is deb or deb-src.
    """
    lines = [f'Types: {kind}', f'URIs: {entry["uris"].split()[0]}',
             f'Suites: {suite}', 'Components: main']
    for field in ('Signed-By', 'Trusted', 'Check-Valid-Until', 'Check-Date'):
        if entry.get(field.lower()):
            lines.append(f'{field}: {entry[field.lower()]}')
    return '\n'.join(lines) + '\n'


def private_config(work, more=''):
    """An APT configuration whose state, cache and sources are below work

    Read after the machine's own one, so that its proxies and certificates
    hold; what it has hung onto an update is taken off again.
    """
    for name in ('state/lists/partial', 'cache/archives/partial'):
        (work / name).mkdir(parents=True)
    (work / 'status').touch()
    config = work / 'apt.conf'
    config.write_text(f'''\
Dir::State "{work}/state";
Dir::State::status "{work}/status";
Dir::Cache "{work}/cache";
Dir::Etc::SourceList "{work}/private.sources";
Dir::Etc::SourceParts "-";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
Acquire::Retries "1";
Acquire::http::Timeout "{TIMEOUT}";
Acquire::https::Timeout "{TIMEOUT}";
{more}''')
    return config


def apt_get(work, kind, suite, *commands, etc=Path('/etc/apt'), more=''):
    """Update private lists of a suite, and run commands of apt-get in work

    Args:
        work: An empty directory
        kind: deb or deb-src
        suite: Of Debian, by its code name
        commands: Each the arguments of one apt-get
        etc: Where the machine's sources are
        more: Lines for the configuration
    """
    if not shutil.which('apt-get'):
        raise FetchError('no apt-get here')
    entry = next(filter(is_debian_archive, apt_entries(etc)), None)
    if not entry:
        raise FetchError(f"no entry for Debian's archive in {etc}")
    config = private_config(work, more)
    (work / 'private.sources').write_text(private_source(entry, kind, suite))
    for args in (['update'], *commands):
        run = subprocess.run(
            ['apt-get', '-qq', '-c', str(config), *args], cwd=work,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode:
            # The first complaint is the cause, the rest follows from it
            lines = run.stdout.strip().splitlines() or ['no reason']
            cause = next((line for line in lines
                          if line.startswith(('E: ', 'W: '))), lines[-1])
            raise FetchError(f'apt-get {args[0]}: {cause}')
