# SPDX-License-Identifier: GPL-2.0+
"""tools/fetch-uboot provides U-Boot's source, or says how to"""

import hashlib
import io
import os
import signal
import stat
import subprocess
import tarfile
import time

import pytest

import private_apt
from conftest import REPO, contents, load


def tarball(files):
    """The bytes of a .tar.bz2"""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:bz2') as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


RELEASE = tarball({'u-boot-2025.01/Kbuild': '',
                   'u-boot-2025.01/Kconfig': 'mainmenu\n'})


class Origin:
    """A place to download from"""

    def __init__(self, data):
        self.data = data
        self.asked = 0

    def __call__(self, target):
        self.asked += 1
        if isinstance(self.data, Exception):
            raise self.data
        target.write_bytes(self.data)


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    """The script, with nothing around it; RELEASE is what it has pinned"""
    for name in ('UBOOT_SRC', 'XDG_CACHE_HOME'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('UBOOT_CACHE', str(tmp_path / 'cache'))
    module = load('fetch-uboot')
    module.SHA256 = hashlib.sha256(RELEASE).hexdigest()
    module.ORIGINS = []
    return module


@pytest.fixture
def tree(tmp_path):
    """Where the tree shall be"""
    return tmp_path / 'build/tree'


def run(module, tree):
    return module.main([str(tree)])


def cached(tmp_path):
    """What the cache holds"""
    cache = tmp_path / 'cache'
    return sorted(path.name for path in cache.iterdir()) \
        if cache.exists() else []


def signals_as_in_a_shell():
    """What runs the tests may itself ignore them"""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def put_into_cache(tmp_path, data):
    (tmp_path / 'cache').mkdir(exist_ok=True)
    (tmp_path / 'cache/u-boot-2025.01.tar.bz2').write_bytes(data)


def test_pin_is_the_release():
    """The pinned checksum is that of the release of U-Boot 2025.01

    Proves: BLD-001
    """
    module = load('fetch-uboot')
    assert module.VERSION == '2025.01'
    assert module.SHA256 == ('cdef7d507c93f1bbd9f015ea9bc21fa0'
                             '74268481405501945abc6f854d5b686f')


def test_cached_tarball_is_used(fetch, tree, tmp_path):
    """With the tarball in the cache nothing is downloaded

    Proves: BLD-001
    """
    put_into_cache(tmp_path, RELEASE)
    fetch.ORIGINS = [('nowhere', Origin(AssertionError('asked')))]
    assert run(fetch, tree) == 0
    assert (tree / 'Kconfig').read_text() == 'mainmenu\n'


def test_cache_directory(fetch, monkeypatch, tmp_path):
    """UBOOT_CACHE, or mmu_pfa below XDG_CACHE_HOME, or below ~/.cache

    Proves: BLD-001
    """
    assert fetch.cache_dir() == tmp_path / 'cache'
    monkeypatch.delenv('UBOOT_CACHE')
    monkeypatch.setenv('HOME', '/somebody')
    assert str(fetch.cache_dir()) == '/somebody/.cache/mmu_pfa'
    monkeypatch.setenv('XDG_CACHE_HOME', '/caches')
    assert str(fetch.cache_dir()) == '/caches/mmu_pfa'


def test_second_run_does_nothing(fetch, tree, tmp_path, capsys):
    """A tree that is there is neither unpacked again nor touched

    Proves: BLD-002
    """
    put_into_cache(tmp_path, RELEASE)
    run(fetch, tree)
    (tree / 'grafted').touch()
    os.unlink(tmp_path / 'cache/u-boot-2025.01.tar.bz2')
    capsys.readouterr()
    assert run(fetch, tree) == 0
    assert (tree / 'grafted').exists()
    assert capsys.readouterr() == ('', '')


def test_origins_are_tried_in_order(fetch, tree, tmp_path):
    """One that fails or has the wrong file is passed over, and leaves nothing

    Proves: BLD-003
    """
    down = Origin(fetch.FetchError('is down'))
    wrong = Origin(b'something else')
    good = Origin(RELEASE)
    late = Origin(RELEASE)
    fetch.ORIGINS = [('one', down), ('two', wrong), ('three', good),
                     ('four', late)]
    assert run(fetch, tree) == 0
    assert [origin.asked for origin in (down, wrong, good, late)] == \
        [1, 1, 1, 0]
    assert cached(tmp_path) == ['u-boot-2025.01.tar.bz2']
    assert (tree / 'Kconfig').exists()


def test_debian_comes_before_upstream():
    """The mirror that the machine already uses is asked first

    Proves: BLD-003
    """
    module = load('fetch-uboot')
    assert [origin for _, origin in module.ORIGINS] == \
        [module.from_debian, module.from_upstream]


def test_failure_names_the_remedies(fetch, tree, tmp_path, capsys):
    """Each reason, the checksum, the cache and UBOOT_SRC are in the message

    Proves: BLD-004
    """
    fetch.ORIGINS = [('one', Origin(fetch.FetchError('is down'))),
                     ('two', Origin(b'something else'))]
    assert run(fetch, tree) == 1
    error = capsys.readouterr().err
    for text in ('one: is down', 'two: the checksum is wrong',
                 'UBOOT_SRC=', str(tmp_path / 'cache'), fetch.SHA256):
        assert text in error
    assert cached(tmp_path) == []
    assert not tree.exists()


def test_damaged_cache_is_named(fetch, tree, tmp_path, capsys):
    """A tarball with the wrong checksum is not used, not even from the cache

    Proves: BLD-004
    """
    put_into_cache(tmp_path, RELEASE[:-1])
    assert run(fetch, tree) == 1
    error = capsys.readouterr().err
    assert 'the checksum is wrong' in error and 'delete the file' in error
    assert not tree.exists()


@pytest.mark.parametrize('data, why', [
    (RELEASE[:len(RELEASE) // 2], 'u-boot-2025.01.tar.bz2: '),
    (b'no archive at all', 'not a bzip2 file'),
    (tarball({'other-1.0/Kconfig': ''}), 'there is no u-boot-2025.01/')])
def test_nothing_half_unpacked_stays(fetch, tree, tmp_path, data, why, capsys):
    """An archive that breaks off, or holds something else, leaves no tree

    Proves: BLD-005
    """
    fetch.SHA256 = hashlib.sha256(data).hexdigest()
    put_into_cache(tmp_path, data)
    assert run(fetch, tree) == 1
    error = capsys.readouterr().err
    assert why in error and error.count('\n') == 1
    assert list(tree.parent.iterdir()) == []


def test_place_that_cannot_be_written(fetch, tree, tmp_path, capsys):
    """An error of the file system is one line as well

    Proves: BLD-004
    """
    put_into_cache(tmp_path, RELEASE)
    tree.parent.write_text('a file, where a directory should be')
    assert run(fetch, tree) == 1
    assert capsys.readouterr().err.count('\n') == 1


def test_interrupted_download_leaves_nothing(fetch, tree, tmp_path):
    """Not even a part of a file, whatever ended it

    Proves: BLD-005
    """
    def interrupted(target):
        target.write_bytes(RELEASE[:100])
        raise KeyboardInterrupt

    fetch.ORIGINS = [('one', interrupted)]
    with pytest.raises(KeyboardInterrupt):
        run(fetch, tree)
    assert cached(tmp_path) == []
    assert not tree.exists()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_signal_leaves_nothing(tree, tmp_path, number):
    """Ctrl-C, a time limit, a closed terminal: no traceback and no remains

    Proves: BLD-005
    """
    # A tarball that it waits for, as long as the test likes
    fifo = tmp_path / 'cache/u-boot-2025.01.tar.bz2'
    fifo.parent.mkdir()
    os.mkfifo(fifo)
    env = {'PATH': os.environ['PATH'], 'UBOOT_CACHE': str(tmp_path / 'cache')}
    with subprocess.Popen(
            [REPO / 'tools/fetch-uboot', str(tree)], env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=signals_as_in_a_shell) as proc:
        end = time.monotonic() + 20
        writer = None
        while writer is None:
            assert time.monotonic() < end and proc.poll() is None
            try:
                # Cannot be opened like this before there is a reader
                writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.01)
        assert list(tmp_path.glob('build/.part-*'))
        proc.send_signal(number)
        try:
            proc.wait(5)
        except subprocess.TimeoutExpired:
            # It came between Python's look for signals and the read, and is
            # noticed with the next one
            proc.send_signal(number)
        try:
            assert proc.communicate(timeout=20) == ('', None)
        finally:
            proc.kill()
            os.close(writer)
    assert proc.returncode == 130
    assert list((tmp_path / 'build').iterdir()) == []


@pytest.fixture
def own_tree(tmp_path, monkeypatch):
    """A user's tree, named by UBOOT_SRC"""
    src = tmp_path / 'own'
    for name, text in {'Kbuild': '', 'Kconfig': 'mine\n',
                       '.git/config': '', 'scripts/x.sh': 'x\n'}.items():
        (src / name).parent.mkdir(parents=True, exist_ok=True)
        (src / name).write_text(text)
    (src / 'scripts/x.sh').chmod(0o755)
    (src / 'link').symlink_to('Kconfig')
    monkeypatch.setenv('UBOOT_SRC', str(src))
    return src


def test_own_tree_is_copied(fetch, own_tree, tree):
    """The copy is like the tree but for its history, and the tree unchanged

    Proves: BLD-006
    """
    before = contents(own_tree)
    assert run(fetch, tree) == 0
    assert contents(own_tree) == before
    copy = contents(tree)
    assert stat.S_IMODE(copy['scripts/x.sh'][0]) == 0o755
    assert {name: what for name, what in copy.items()
            if name != '.mmu_pfa-source'} == \
        {name: what for name, what in before.items() if '.git' not in name}


def test_own_tree_is_copied_again_after_a_change(fetch, own_tree, tree):
    """An edit, a new file and a deleted one arrive; without, nothing happens

    Proves: BLD-006
    """
    run(fetch, tree)
    (tree / 'grafted').touch()
    (own_tree / '.git/index').touch()
    run(fetch, tree)
    assert (tree / 'grafted').exists()
    (own_tree / 'Kconfig').write_text('mine, edited\n')
    (own_tree / 'new').touch()
    (own_tree / 'scripts/x.sh').unlink()
    assert run(fetch, tree) == 0
    assert (tree / 'Kconfig').read_text() == 'mine, edited\n'
    assert (tree / 'new').exists()
    assert not (tree / 'scripts/x.sh').exists()
    assert list(tree.parent.iterdir()) == [tree]


def test_what_was_built_in_it_is_not_copied(fetch, own_tree, tree):
    """U-Boot builds apart from its source only where that is clean

    Proves: BLD-006
    """
    (own_tree / 'Makefile').write_text('mrproper:\n\trm .config x.o\n')
    for name in ('.config', 'x.o'):
        (own_tree / name).touch()
    assert run(fetch, tree) == 0
    assert not (tree / 'x.o').exists()
    assert (own_tree / 'x.o').exists()


def test_own_tree_and_release_replace_each_other(fetch, own_tree, tree,
                                                 tmp_path, monkeypatch):
    """Naming a tree, and no longer naming it, both take effect

    Proves: BLD-006
    """
    put_into_cache(tmp_path, RELEASE)
    run(fetch, tree)
    assert (tree / 'Kconfig').read_text() == 'mine\n'
    monkeypatch.delenv('UBOOT_SRC')
    assert run(fetch, tree) == 0
    assert (tree / 'Kconfig').read_text() == 'mainmenu\n'


def test_what_is_no_tree_is_refused(fetch, tree, tmp_path, monkeypatch,
                                    capsys):
    """UBOOT_SRC has to name a U-Boot tree that does not hold the copy

    Proves: BLD-006
    """
    monkeypatch.setenv('UBOOT_SRC', str(tmp_path))
    assert run(fetch, tree) == 1
    (tmp_path / 'Kbuild').touch()
    (tmp_path / 'Kconfig').touch()
    assert run(fetch, tree) == 1
    error = capsys.readouterr().err.splitlines()
    assert 'not a U-Boot source tree' in error[0]
    assert 'into itself' in error[1]
    assert not tree.exists()


DEB822 = '''\
# The security archive comes first, on purpose
Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/some.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb deb-src
URIs: http://mirror.example/debian http://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Check-Valid-Until: no
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
'''

ONE_LINE = '''\
deb cdrom:[Debian GNU/Linux 12]/ bookworm main
deb https://packages.example/apt cloud-sdk main
deb http://partial.example/d stable contrib  # main is elsewhere
deb [arch=amd64 signed-by=/usr/keyrings/d.gpg] http://m.example/d stable main
'''


@pytest.mark.parametrize('name, text, expected', [
    ('sources.list.d/debian.sources', DEB822, '''\
Types: deb-src
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
Check-Valid-Until: no
'''),
    ('sources.list', ONE_LINE, '''\
Types: deb-src
URIs: http://m.example/d
Suites: trixie
Components: main
Signed-By: /usr/keyrings/d.gpg
'''),
    ('sources.list.d/x.list', 'deb http://m.example/d sid main\n', '''\
Types: deb-src
URIs: http://m.example/d
Suites: trixie
Components: main
'''),
])
def test_machines_debian_mirror_is_found(tmp_path, name, text, expected):
    """Mirror and keys come from the machine's own sources, of either form

    Proves: BLD-007
    """
    etc = tmp_path / 'apt'
    (etc / 'sources.list.d').mkdir(parents=True)
    (etc / name).write_text(text)
    entry = next(filter(private_apt.is_debian_archive,
                        private_apt.apt_entries(etc)))
    assert private_apt.private_source(entry, 'deb-src', 'trixie') == expected


def fake_apt(tmp_path, monkeypatch, script):
    """Put an apt-get first on PATH that notes its arguments"""
    path = tmp_path / 'bin/apt-get'
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/log\n{script}')
    path.chmod(0o755)
    monkeypatch.setenv('PATH', f'{path.parent}:{os.environ["PATH"]}')
    etc = tmp_path / 'apt'
    etc.mkdir()
    (etc / 'sources.list').write_text(ONE_LINE)
    return etc


def test_apt_state_is_private(fetch, tmp_path, monkeypatch):
    """APT gets lists, caches and sources of its own, and they vanish after

    Proves: BLD-007
    """
    etc = fake_apt(tmp_path, monkeypatch, f'''
config=$3
cp "$config" private.sources {tmp_path}
ls -d status state/lists/partial cache/archives/partial || exit 1
[ "$4" = update ] || echo tarball >u-boot_2025.01.orig.tar.bz2
''')
    target = tmp_path / 'target'
    before = contents(etc)
    fetch.from_debian(target, etc)
    assert target.read_text() == 'tarball\n'
    assert contents(etc) == before
    config = (tmp_path / 'apt.conf').read_text()
    work = config.split('"')[1].removesuffix('/state')
    assert not os.path.exists(work)
    for option in ('Dir::State', 'Dir::State::status', 'Dir::Cache',
                   'Dir::Etc::SourceList'):
        assert f'{option} "{work}/' in config
    assert 'Dir::Etc::SourceParts "-"' in config
    assert 'http://m.example/d' in (tmp_path / 'private.sources').read_text()


def test_apt_failure_is_told(fetch, tmp_path, monkeypatch):
    """The first error that APT tells is the reason

    Proves: BLD-004
    """
    etc = fake_apt(tmp_path, monkeypatch,
                   'echo noise; echo "E: no such suite" >&2; '
                   'echo "E: some failed" >&2; exit 100')
    with pytest.raises(fetch.FetchError, match='E: no such suite'):
        fetch.from_debian(tmp_path / 'target', etc)


def test_no_debian_source_is_told(fetch, tmp_path, monkeypatch):
    """Without an entry for Debian's archive APT is not even started

    Proves: BLD-004
    """
    etc = fake_apt(tmp_path, monkeypatch, '')
    (etc / 'sources.list').write_text('deb http://x.example/u noble main\n')
    with pytest.raises(fetch.FetchError, match="no entry for Debian's"):
        fetch.from_debian(tmp_path / 'target', etc)
    assert not (tmp_path / 'log').exists()


def test_other_version_in_debian_is_told(fetch, tmp_path, monkeypatch):
    """When the suite has moved on, its tarball is of no use

    Proves: BLD-004
    """
    etc = fake_apt(tmp_path, monkeypatch, 'echo x >u-boot_2026.01.orig.tar')
    with pytest.raises(fetch.FetchError, match='another version'):
        fetch.from_debian(tmp_path / 'target', etc)


def test_machine_without_apt_is_told(fetch, tmp_path, monkeypatch):
    """Without APT there is no Debian source package

    Proves: BLD-004
    """
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(fetch.FetchError, match='no apt-get'):
        fetch.from_debian(tmp_path / 'target', tmp_path)


def test_upstream_is_downloaded(fetch, tmp_path):
    """The upstream tarball arrives whole, or the address and why not is told

    Proves: BLD-003 BLD-004
    """
    assert fetch.UPSTREAM.startswith('https://')
    (tmp_path / 'release').write_bytes(RELEASE)
    fetch.UPSTREAM = f'file://{tmp_path}/release'
    fetch.from_upstream(tmp_path / 'target')
    assert (tmp_path / 'target').read_bytes() == RELEASE
    fetch.UPSTREAM = f'file://{tmp_path}/nothing'
    with pytest.raises(fetch.FetchError, match='/nothing: '):
        fetch.from_upstream(tmp_path / 'target')
