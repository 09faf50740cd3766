# SPDX-License-Identifier: GPL-2.0+
#
# Linker options of the extension; U-Boot's top config.mk includes this through
# one grafted line, so that every board which enables the extension has them.
# SPL reads config.mk too and has no commands.

ifdef CONFIG_CMD_MMU
ifndef CONFIG_XPL_BUILD
# Commands run within a catch point, and an EFI application is told from U-Boot
LDFLAGS_FINAL += $(addprefix --wrap=,cmd_process switch_to_non_secure_mode)
# From the first thread on there is more than one stack (newer releases)
LDFLAGS_FINAL += --wrap=uthread_create
endif
endif
