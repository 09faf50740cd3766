# SPDX-License-Identifier: GPL-2.0+
#
# mmu_pfa: a page-frame allocator and an MMU mapping engine for U-Boot
#
#   make          build the image: build/u-boot.bin, build/u-boot with symbols
#   make run      boot it in QEMU, interactively; Ctrl-A X leaves
#   make test     all tests
#   make help     everything else
#
# Each of them first does the set-up that it needs: it installs packages on
# Debian, fetches U-Boot's source, and grafts the extension onto it. V=1 shows
# the commands.
#
# Below build/:
#   tree      U-Boot's source with this repository's files as symlinks in it
#   obj       what U-Boot's own build makes of it
#   results   what the tests reported

# Use UBOOT_SRC=<directory> to build on a U-Boot tree of your own. It is copied
# (again, after a change) and never written to.
export UBOOT_SRC UBOOT_CACHE

CROSS_COMPILE ?= aarch64-linux-gnu-
DEFCONFIG := mmu_pfa_virt_defconfig

# The jobs for the machine that 'make' alone starts. One for each processor,
# unless the user said otherwise.
JOBS := $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# The tiers that .ci/run goes through. Each is a target below.
CI_TIERS := test

B := build
TREE := $(B)/tree
OBJ := $(B)/obj

ifeq ($(V),1)
Q :=
KBUILD_QUIET := V=1
else
Q := @
KBUILD_QUIET :=
endif

# U-Boot's build and its test framework call "python3" and need the modules
# that Debian packages for its own interpreter, so that one has to be found
# first. It is the only command put in front of the user's PATH.
SYSTEM_PYTHON := $(wildcard /usr/bin/python3)
ifneq ($(SYSTEM_PYTHON),)
export PATH := $(CURDIR)/$(B)/bin:$(PATH)
endif
PYTHON := $(or $(SYSTEM_PYTHON),python3)

# Equal sources shall give an equal image, and a second 'make' nothing to do.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)

KBUILD = $(MAKE) $(JOBS) $(KBUILD_QUIET) --no-print-directory -C $(TREE) \
	O=$(CURDIR)/$(OBJ) CROSS_COMPILE=$(CROSS_COMPILE) MMU_PFA_CFLAGS=-Werror

all: image
.PHONY: all

#
# Set-up: installed packages and the grafted tree
#

setup-%: FORCE
	$(Q)tools/setup.sh $*

$(B)/bin/python3:
	$(Q)mkdir -p $(@D)
	$(Q)ln -sf $(SYSTEM_PYTHON) $@

# Objects made from another source are of no use, and their dates would make
# them look newer than that.
tree: setup-build $(if $(SYSTEM_PYTHON),$(B)/bin/python3)
	$(Q)tools/fetch-uboot $(TREE)
	$(Q)head -n1 $(TREE)/.mmu_pfa-source | cmp -s - $(B)/source || \
		{ rm -rf $(OBJ); head -n1 $(TREE)/.mmu_pfa-source >$(B)/source; }
	$(Q)tools/graft --link $(TREE)
.PHONY: tree

#
# Build
#

# A .config older than what it is made from is made anew; one that 'menuconfig'
# has changed since stays.
config: tree
	$(Q)[ $(OBJ)/.config -nt $(TREE)/configs/$(DEFCONFIG) ] || \
		$(KBUILD) -s $(DEFCONFIG)
.PHONY: config

menuconfig: config
	$(Q)$(KBUILD) menuconfig
.PHONY: menuconfig

image: config
	$(Q)$(KBUILD)
	$(Q)for f in u-boot u-boot.bin; do \
		cmp -s $(OBJ)/$$f $(B)/$$f || cp $(OBJ)/$$f $(B)/$$f || exit 1; \
	done
.PHONY: image

#
# Run
#

QEMU ?= qemu-system-aarch64
QEMU_FLAGS ?= -M virt -cpu cortex-a57 -m 1G -nographic \
	-netdev user,id=net0,tftp=$(B) -device virtio-net-pci,netdev=net0,romfile=

run: setup-run image
	@echo "QEMU starts; leave it with Ctrl-A X"
	$(Q)$(QEMU) $(QEMU_FLAGS) -bios $(B)/u-boot.bin $(QEMU_EXTRA)
.PHONY: run

clean:
	$(Q)rm -rf $(OBJ) $(B)/u-boot $(B)/u-boot.bin $(B)/host $(B)/results
.PHONY: clean

distclean:
	$(Q)rm -rf $(B)
.PHONY: distclean

FORCE:
.PHONY: FORCE
