#!/bin/sh
# SPDX-License-Identifier: GPL-2.0+
#
# Make sure that what the given jobs need is there: setup.sh <job>...
# where a job is build, run, host (programs), bench, coverage, fuzz, test, uboot
# (its own tests) or lint.
#
# On Debian and its derivatives missing packages are installed, named in one
# line before. Elsewhere the missing commands and headers are named instead.
# Nothing is printed, and no package list fetched, when nothing is missing.

set -eu

missing=	# commands and headers, for people
packages=	# Debian's packages that hold them

lack()
{
	missing="$missing $1"
	case " $packages " in
	*" $2 "*) ;;
	*) packages="$packages $2" ;;
	esac
}

# need_command <command> <package>
need_command()
{
	command -v "$1" >/dev/null 2>&1 || lack "$1" "$2"
}

# need_header <header> <package>: Debian's multiarch places, or any compiler's
need_header()
{
	for dir in /usr/include /usr/include/*-linux-gnu; do
		[ -e "$dir/$1" ] && return
	done
	echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1 || lack "<$1>" "$2"
}

# need_module <Python module> <package>
need_module()
{
	"$python" -c "import $1" >/dev/null 2>&1 || lack "Python's $1" "$2"
}

look()
{
	missing=
	packages=
	for job; do
		case "$job" in
		build)
			need_command python3 python3
			need_command aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
			need_command gcc gcc
			need_header stdio.h libc6-dev
			need_command bison bison
			need_command flex flex
			need_command perl perl
			need_command pkg-config pkg-config
			need_header openssl/ssl.h libssl-dev
			need_header gnutls/gnutls.h libgnutls28-dev
			;;
		run)
			need_command qemu-system-aarch64 qemu-system-arm
			;;
		host)
			need_command gcc gcc
			need_header stdio.h libc6-dev
			;;
		bench)
			need_command valgrind valgrind
			need_header valgrind/callgrind.h valgrind
			;;
		coverage)
			need_command gcovr gcovr
			;;
		fuzz)
			need_command clang clang
			need_header sanitizer/asan_interface.h libclang-rt-14-dev
			;;
		test)
			need_module pytest python3-pytest
			need_module filelock python3-filelock
			need_module xdist python3-pytest-xdist
			;;
		uboot)
			need_command dtc device-tree-compiler
			;;
		lint)
			need_command perl perl
			need_command shellcheck shellcheck
			;;
		*)
			echo "setup.sh: unknown job '$job'" >&2
			exit 2
			;;
		esac
	done
}

# The interpreter that Debian's modules belong to, as in the Makefile
python=/usr/bin/python3
[ -x "$python" ] || python=python3

look "$@"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "setup: please install:$missing" >&2
	exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "setup: as root, please: apt-get install$packages" >&2
		exit 1
	fi
	as_root=sudo
fi

apt()
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null
}

echo "setup: installing$packages"
# A source of the user's that fails is no matter, unless a package is in it
#
# The list is of names that hold no blanks
# shellcheck disable=SC2086
if ! log=$( { apt update || :; apt install --no-install-recommends -y $packages; } 2>&1); then
	printf '%s\n' "$log" | tail -n 5 >&2
	echo "setup: apt-get could not install$packages" >&2
	exit 1
fi

look "$@"
if [ -n "$missing" ]; then
	echo "setup: still missing:$missing" >&2
	exit 1
fi
