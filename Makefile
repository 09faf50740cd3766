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
#   stock     the same source without our files, and what is made of that
#   results   what the tests reported

# Use UBOOT_SRC=<directory> to build on a U-Boot tree of your own. It is copied
# (again, after a change) and never written to.
export UBOOT_SRC UBOOT_CACHE

# U-Boot's build takes such a path for two words, or for a list
ifneq ($(words [$(subst :, ,$(CURDIR))]),1)
$(error U-Boot cannot be built in a directory with a blank or a colon in its \
	path: $(CURDIR))
endif

CROSS_COMPILE ?= aarch64-linux-gnu-
DEFCONFIG := mmu_pfa_virt_defconfig

# U-Boot's build and that of the host programs use every processor, unless the
# user said otherwise. Expanded in recipes: only there MAKEFLAGS is complete.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# Set-up, graft and build follow each other in the order in which they are named
# below, also with -j.
ifeq ($(MAKELEVEL),0)
.NOTPARALLEL:
endif

# The tiers that .ci/run goes through. Each is a target below.
CI_TIERS := test test-long test-cost test-levels test-options test-faults \
	test-uboot test-boot

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
	O=$(CURDIR)/$(OBJ)$(1) CROSS_COMPILE=$(CROSS_COMPILE) MMU_PFA_CFLAGS=-Werror

all: image
.PHONY: all

#
# Set-up: installed packages and the grafted tree
#

# setup-build+run: what the jobs build and run need
setup-%: FORCE
	$(Q)tools/setup.sh $(subst +, ,$*)

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

# U-Boot's own build has no "nothing to do": it makes its EFI test programs and
# the image anew each time. So it is only called when something it is made from
# is newer than the beginning of the last build, which is the date of 'built',
# or when the configuration or the compiler is another, which are noted in it.
SOURCES := board cmd include lib test/lib
INPUTS = $(SOURCES) $(TREE)/.mmu_pfa-source $(TREE)/.mmu_pfa-graft
BUILT_WITH = { echo '$(CROSS_COMPILE) $(KCFLAGS) $(SOURCE_DATE_EPOCH)'; \
	cksum <$(OBJ)/.config; }

image: config
	$(Q)if $(BUILT_WITH) | cmp -s - $(B)/built && \
	       [ -z "$$(find $(INPUTS) -newer $(B)/built -print -quit)" ]; then \
		echo "$(B)/u-boot.bin is up to date"; \
	else \
		touch $(B)/started && \
		$(KBUILD) && \
		cp $(OBJ)/u-boot $(OBJ)/u-boot.bin $(B)/ && \
		$(BUILT_WITH) >$(B)/built && \
		touch -r $(B)/started $(B)/built; \
	fi
.PHONY: image

# The stock image, to compare with. Its date does not follow our commits, so that
# it has to be built only once.
STOCK := $(B)/stock
STOCK_KBUILD = $(MAKE) $(JOBS) $(KBUILD_QUIET) --no-print-directory \
	-C $(STOCK)/tree O=$(CURDIR)/$(STOCK)/obj$(1) CROSS_COMPILE=$(CROSS_COMPILE) \
	SOURCE_DATE_EPOCH=1735689600
STOCK_BUILT_WITH = { cat $(STOCK)/tree/.mmu_pfa-source; \
	$(CROSS_COMPILE)gcc --version; }

stock: setup-build $(if $(SYSTEM_PYTHON),$(B)/bin/python3)
	$(Q)mkdir -p $(STOCK)
	$(Q)tools/fetch-uboot $(STOCK)/tree
	$(Q)$(STOCK_BUILT_WITH) | cmp -s - $(STOCK)/built || { \
		rm -rf $(STOCK)/obj $(STOCK)/built && \
		$(STOCK_KBUILD) -s qemu_arm64_defconfig && $(STOCK_KBUILD) && \
		$(STOCK_BUILT_WITH) >$(STOCK)/built; }
.PHONY: stock

# $(call variant,<how to call U-Boot's build>,<objects>,<suffix>,<command>)
# builds another configuration, in <objects><suffix>: what the command adds to the
# .config. It begins with a copy of the objects, so that only what that touches is
# compiled. Of ours, it may have sources that the image has not.
FRAGMENT := configs/mmu_pfa_virt.config
SOURCES_SUM = find $(SOURCES) -type f -exec cksum {} + | \
	LC_ALL=C sort
VARIANT_OF = { cksum <$(1)/u-boot.bin; cksum <$(FRAGMENT); echo '$(2)'; \
	$(if $(filter $(OBJ),$(1)),$(SOURCES_SUM);) }
define variant
	$(Q)$(call VARIANT_OF,$(2),$(4)) | cmp -s - $(2)$(3)/.variant || { \
		rm -rf $(2)$(3) && cp -a $(2) $(2)$(3) && \
		$(4) >>$(2)$(3)/.config && $(1) -s olddefconfig && $(1) && \
		$(call VARIANT_OF,$(2),$(4)) >$(2)$(3)/.variant; }
endef

# Ours without unit tests, and stock with all that our fragment switches on. The
# symbols in it that are ours mean nothing there.
image-plain: image
	$(call variant,$(call KBUILD,-plain),$(OBJ),-plain,echo CONFIG_UNIT_TEST=n)

stock-ut: stock
	$(call variant,$(call STOCK_KBUILD,-ut),$(STOCK)/obj,-ut,cat $(FRAGMENT))
.PHONY: image-plain stock-ut

# Ours with less of it: see OPTIONS in tools/run-tests
LESS_bare := CMD_PFA CMD_MMU
LESS_pfa := CMD_MMU
LESS_mmu := CMD_PFA
LESS_lean := MMU_PFA_SYMBOLS PFA_FAIL
OPTIONS := bare pfa mmu lean

$(OPTIONS:%=image-%): image-%: image
	$(call variant,$(call KBUILD,-$*),$(OBJ),-$*,printf 'CONFIG_%s=n\n' $(LESS_$*))
.PHONY: $(OPTIONS:%=image-%)

#
# Run
#

QEMU ?= qemu-system-aarch64
QEMU_FLAGS ?= -M virt -cpu cortex-a57 -m 1G -nographic \
	-netdev user,id=net0,tftp=$(B) -device virtio-net-pci,netdev=net0,romfile=
export QEMU

run: setup-build+run image
	@echo "Ctrl-A X leaves QEMU"
	$(Q)$(QEMU) $(QEMU_FLAGS) -bios $(B)/u-boot.bin $(QEMU_EXTRA)
.PHONY: run

#
# The portable core as host programs: each test/host/test_*.c becomes one, with
# the other files there and the core
#

HOSTCC ?= gcc
HOST_CFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Werror -Iinclude -Itest/host -DMMU_PFA_MODEL \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HOST_SINGLE := $(wildcard test/host/test_pfa_threads.c test/host/test_pfa_lock.c \
	test/host/test_buddy_states*.c test/host/test_buddy_prove.c)
HOST_TESTS := $(filter-out $(HOST_SINGLE),$(wildcard test/host/test_*.c))
HOST_PARTS := $(filter-out $(HOST_SINGLE) $(HOST_TESTS),$(wildcard test/host/*.c)) \
	$(wildcard lib/mmu_pfa/*.c)
HOST_PROGS := $(HOST_TESTS:test/host/%.c=$(B)/host/%)

$(B)/host/%.o: %.c Makefile
	@echo "  HOSTCC  $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(HOST_PROGS): $(B)/host/%: $(B)/host/test/host/%.o $(HOST_PARTS:%.c=$(B)/host/%.o)
	@echo "  HOSTLD  $@"
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $@ $^

host-programs: setup-host
	$(Q)$(MAKE) --no-print-directory $(JOBS) host-programs-only

# Programs that are built in a way of their own, each with all that it needs

ALLOCATOR := $(wildcard lib/mmu_pfa/buddy*.c) $(wildcard lib/mmu_pfa/pfa*.c)
PLAIN_CFLAGS := -std=gnu11 -g -O2 -Wall -Wextra -Wno-unused-parameter -Werror \
	-Iinclude -Itest/host
HEADERS = $(wildcard include/mmu_pfa/*.h lib/mmu_pfa/*.h test/host/*.h \
	test/host/exhaustive/*.h) Makefile

# Several threads, under ThreadSanitizer
$(B)/host/test_pfa_threads: test/host/test_pfa_threads.c test/host/tap.c $(ALLOCATOR) $(HEADERS)
	@echo "  HOSTLD  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) -fsanitize=thread -DMMU_PFA_THREADS -pthread \
		-o $@ $(filter %.c,$^)

# As on the board, without sanitizers
$(B)/host/test_pfa_lock: test/host/test_pfa_lock.c test/host/tap.c $(ALLOCATOR) $(HEADERS)
	@echo "  HOSTLD  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) -o $@ $(filter %.c,$^)

# All states of small zones, with words of 4 units and with those of 64
SMALL_ZONES := $(wildcard test/host/exhaustive/small_*.c) test/host/tap.c \
	$(wildcard lib/mmu_pfa/buddy*.c)
WORDS_OF_4 := -DBUDDY_UNIT_ORDERS=2

$(B)/host/test_buddy_states: OWN_CFLAGS := $(WORDS_OF_4)
$(B)/host/test_buddy_states $(B)/host/test_buddy_states_64: \
$(B)/host/%: test/host/%.c $(SMALL_ZONES) $(HEADERS)
	@echo "  HOSTLD  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) $(OWN_CFLAGS) -o $@ $(filter %.c,$^)

# All states that buddy_check() accepts: it is watched as it looks at them
$(B)/host/watched_check.o: test/host/exhaustive/watched_check.c lib/mmu_pfa/buddy_check.c $(HEADERS)
	@echo "  HOSTCC  $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) $(WORDS_OF_4) -fsanitize=thread \
		-finstrument-functions -c -o $@ $<

$(B)/host/test_buddy_prove: test/host/test_buddy_prove.c $(B)/host/watched_check.o $(SMALL_ZONES) $(HEADERS)
	@echo "  HOSTLD  $@"
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) $(WORDS_OF_4) -o $@ $(filter %.c %.o,$^)

HOST_SINGLE_PROGS := $(HOST_SINGLE:test/host/%.c=$(B)/host/%)

# The recipe keeps make from saying that there is nothing to do
host-programs-only: $(HOST_PROGS) $(HOST_SINGLE_PROGS)
	@:
.PHONY: host-programs host-programs-only
.SECONDARY: $(HOST_TESTS:%.c=$(B)/host/%.o) $(HOST_PARTS:%.c=$(B)/host/%.o)
-include $(wildcard $(B)/host/*/*/*.d)

#
# Cost: the workloads of lib/mmu_pfa/bench.c and those of the mapping engine as
# plain programs, as fast as the board's. What it came to is also in
# build/bench.json.
#

BENCH_SOURCES := test/bench/bench.c test/bench/worst.c lib/mmu_pfa/bench.c $(ALLOCATOR)

# U-Boot's own LMB and memalign are measured beside it, where its tree is there
PEERS := $(wildcard test/bench/peers/*) $(TREE)/lib/lmb.c

$(B)/host/bench: $(BENCH_SOURCES) test/bench/worst.h $(HEADERS) $(wildcard $(PEERS))
	@echo "  HOSTLD  $@"
	$(Q)mkdir -p $(@D)
	$(Q)HOSTCC=$(HOSTCC) test/bench/peers/build $(TREE) $(B)/host/peers
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) -Wl,--gc-sections -o $@ $(BENCH_SOURCES) \
		$$(ls $(B)/host/peers/peers.o 2>/dev/null)

PGTABLE := $(wildcard lib/mmu_pfa/pgtable*.c) lib/mmu_pfa/page_alloc.c
BENCH_PGTABLE_SOURCES := test/bench/bench_pgtable.c $(PGTABLE) $(ALLOCATOR)

$(B)/host/bench_pgtable: $(BENCH_PGTABLE_SOURCES) $(HEADERS)
	@echo "  HOSTLD  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(PLAIN_CFLAGS) -Wl,-z,now -o $@ $(BENCH_PGTABLE_SOURCES)

bench-programs: $(patsubst test/bench/%.c,$(B)/host/%,$(wildcard test/bench/bench*.c))
	@:

bench: setup-host+bench tree
	$(Q)$(MAKE) --no-print-directory bench-programs
	$(Q)$(PYTHON) tools/bench $(B)/host/bench $(B)/bench.json
	$(Q)$(PYTHON) tools/bench-pgtable $(B)/host/bench_pgtable $(B)/bench.json
.PHONY: bench bench-programs

# libFuzzer on streams of operations, on each part for FUZZ_TIME=<seconds>; what it
# finds stays in build/fuzz
FUZZ_TIME ?= 60
FUZZ_PARTS := $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))
FUZZ_CFLAGS := -std=gnu11 -g -O1 -Iinclude -Wno-unused-parameter \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

FUZZ_WITH_buddy := $(ALLOCATOR)
FUZZ_WITH_pfa := $(ALLOCATOR)
FUZZ_WITH_pgtable := -Itest/host -DMMU_PFA_MODEL -DWORLD_PAGES=128 \
	test/host/pgtable_flat.c test/host/pgtable_world.c \
	test/host/model_mmu.c $(PGTABLE)
FUZZ_LIMITS_pgtable := -max_len=2048 -len_control=0 -timeout=60

fuzz: $(FUZZ_PARTS:%=fuzz-%)

$(FUZZ_PARTS:%=fuzz-%): fuzz-%: setup-host+fuzz
	$(Q)mkdir -p $(B)/fuzz/corpus-$*
	$(Q)clang $(FUZZ_CFLAGS) -o $(B)/fuzz/fuzz_$* test/fuzz/fuzz_$*.c \
		$(FUZZ_WITH_$*)
	$(Q)cd $(B)/fuzz && ./fuzz_$* -max_total_time=$(FUZZ_TIME) \
		-max_len=4096 $(FUZZ_LIMITS_$*) corpus-$*
.PHONY: fuzz $(FUZZ_PARTS:%=fuzz-%)

# Every state of small zones that meets the invariant, reachable or not, and every
# operation in it
prove: setup-host
	$(Q)$(MAKE) --no-print-directory $(B)/host/test_buddy_prove
	$(Q)BUDDY_PROVE_FRAMES=$(PROVE_FRAMES) $(B)/host/test_buddy_prove
PROVE_FRAMES ?= 6
.PHONY: prove

# Every state that can be reached of zones of up to 12 frames: 15 minutes
states: setup-host
	$(Q)$(MAKE) --no-print-directory $(B)/host/test_buddy_states \
		$(B)/host/test_buddy_states_64
	$(Q)BUDDY_STATES_FRAMES=$(STATES_FRAMES) $(B)/host/test_buddy_states
	$(Q)BUDDY_STATES_FRAMES=$(STATES_FRAMES) $(B)/host/test_buddy_states_64
STATES_FRAMES ?= 12
.PHONY: states

# Each of a list of small faults, put into a copy, is caught by a test
mutants: setup-host
	$(Q)tools/seed-faults $(B)/mutants
.PHONY: mutants

# Lines and branches of allocator and engine that their tests reach
coverage: setup-host+coverage
	$(Q)tools/coverage $(B)/coverage
.PHONY: coverage

#
# Test
#
# 'make test' is every suite and the check that each documented behaviour is
# proven; its last line is the sum. K=<expression> chooses tests, as pytest's -k.
#

RUN_TESTS := $(PYTHON) tools/run-tests $(if $(K),-k '$(K)')

test: setup-build+run+test image host-programs
	$(Q)$(RUN_TESTS)

test-host: setup-test host-programs
	$(Q)$(RUN_TESTS) host

# The same random tests for longer, and all states of larger zones: up to 10 frames,
# and 6 for the proof, which is what takes less than five minutes
test-long: setup-test+host+fuzz host-programs
	$(Q)$(MAKE) --no-print-directory fuzz >$(B)/fuzz.log 2>&1 & fuzz=$$!; \
	BUDDY_RANDOM_FACTOR=22 BUDDY_STATES_FRAMES=10 BUDDY_PROVE_FRAMES=6 \
		PGTABLE_RANDOM_FACTOR=23 $(RUN_TESTS) --timeout 3600 host; \
	status=$$?; \
	wait $$fuzz || { tail -n 30 $(B)/fuzz.log; exit 1; }; \
	exit $$status

test-tools: setup-build+test tree
	$(Q)$(RUN_TESTS) tools

test-ut test-console: test-%: setup-build+run+test image
	$(Q)$(RUN_TESTS) $*

# Unit tests and console suite at each exception level, on two CPUs, and part of the
# latter with other amounts of RAM
test-levels: setup-build+run+test image
	$(Q)$(RUN_TESTS) --results $(B)/results/levels levels

# U-Boot's own tests, on our image and on the stock one
test-uboot: setup-build+run+test+uboot image-plain stock-ut
	$(Q)$(RUN_TESTS) -j 1 --results $(B)/results/uboot uboot

# Images with less of the extension in it
test-options: setup-build+run+test $(OPTIONS:%=image-%)
	$(Q)$(RUN_TESTS) --results $(B)/results/options options

# Faults by the thousand and random command lines, at each exception level
test-faults: setup-build+run+test image
	$(Q)$(RUN_TESTS) --results $(B)/results/faults --timeout 1200 faults

# Instructions and placement; coverage and seeded faults of allocator and engine. Some
# ten minutes on two processors
test-cost: setup-test+host+bench+coverage
	$(Q)$(MAKE) --no-print-directory bench-programs
	$(Q)$(RUN_TESTS) --results $(B)/results/cost cost

# Debian's kernel, after sessions with the commands
test-boot: setup-build+run+test image
	$(Q)tools/fetch-boot $(B)/boot
	$(Q)$(RUN_TESTS) --results $(B)/results/boot boot

ci: setup-test
	$(Q)$(PYTHON) tools/run-tiers --make '$(MAKE)' $(CI_TIERS)
.PHONY: test test-long test-host test-tools test-ut test-console test-levels test-options \
	test-faults test-uboot test-boot test-cost ci

#
# The mapping engine alone: what it costs, and whether its tests see seeded faults
#

bench-pgtable: setup-host+bench
	$(Q)$(MAKE) --no-print-directory $(B)/host/bench_pgtable
	$(Q)$(PYTHON) tools/bench-pgtable $(B)/host/bench_pgtable $(B)/bench.json
.PHONY: bench-pgtable

seed-pgtable: setup-host
	$(Q)tools/seed-pgtable -j $(shell nproc)
.PHONY: seed-pgtable

# What is done on the board where a fault is handled, watched for or guarded against:
# whether its tests see faults put into it. One image for each: half an hour
seed-board: setup-build+run+test tree
	$(Q)tools/seed-board $(B)/seeded
.PHONY: seed-board

#
# Check
#

lint: setup-lint tree
	$(Q)tools/lint $(TREE)
.PHONY: lint

clean:
	$(Q)rm -rf $(OBJ) $(OBJ)-* $(B)/u-boot $(B)/u-boot.bin $(B)/built $(B)/host $(B)/results
	$(Q)rm -rf $(STOCK)/obj $(STOCK)/obj-ut $(STOCK)/built
.PHONY: clean

distclean:
	$(Q)rm -rf $(B)
.PHONY: distclean

help:
	@echo 'Build and run:'
	@echo '  all (default)   the image: $(B)/u-boot.bin, and $(B)/u-boot with symbols'
	@echo '  run             boot it in QEMU; Ctrl-A X leaves'
	@echo '  menuconfig      change the configuration'
	@echo '  tree            only the grafted source tree, in $(TREE)'
	@echo 'Test:'
	@echo '  test            all suites; the last line printed is the sum'
	@echo '  test-host       the portable core on this machine, under sanitizers'
	@echo '  test-long       ten million operations, all states of more frames, fuzzing'
	@echo '  test-tools      the scripts of this repository'
	@echo '  test-ut         unit tests on the board in QEMU'
	@echo '  test-console    the commands, over the serial console'
	@echo '  test-faults     faults by the thousand and random command lines, at each level'
	@echo '  test-cost       goals in instructions, placement; what tests reach and see'
	@echo '  test-levels     test-console at EL1, EL2 and EL3, on two CPUs, with more RAM and less'
	@echo '  test-options    images without the commands, or with one of them'
	@echo '  prove           the allocator, in all states that meet its invariant'
	@echo '  states          the same in all that can be reached, of up to 12 frames'
	@echo "  test-uboot      U-Boot's own tests: what passes on stock passes on our image"
	@echo "  test-boot       Debian's kernel comes to userspace after sessions, also through EFI"
	@echo '  lint            style of all files'
	@echo '  seed-board      whether tests on the board see faults put into what handles faults'
	@echo '  seed-pgtable    whether tests of the mapping engine see faults put into it'
	@echo '  bench-pgtable   the part of bench that is about the mapping engine'
	@echo '  ci              what .ci/run does: $(CI_TIERS)'
	@echo 'Measure:'
	@echo '  bench           what allocator and engine cost, against goals and floors'
	@echo '  fuzz            libFuzzer on buddy, pfa and pgtable, each for FUZZ_TIME seconds;'
	@echo '                  fuzz-<part> is one of them'
	@echo '  mutants         which test catches which seeded fault'
	@echo '  coverage        what of allocator and engine their tests reach'
	@echo 'Clean:'
	@echo '  clean           what was built and tested'
	@echo '  distclean       all of $(B)/; the downloaded source stays in the cache'
	@echo 'Variables:'
	@echo '  UBOOT_SRC=DIR   a U-Boot source tree to build on; it is copied'
	@echo '  UBOOT_CACHE=DIR where downloads are kept'
	@echo '  QEMU_EXTRA=...  more options for QEMU in "make run"'
	@echo '  K=EXPR          only the tests that match'
	@echo '  V=1             show the commands'
.PHONY: help

FORCE:
.PHONY: FORCE
