# SPDX-License-Identifier: GPL-2.0+
#
# Linker options of the extension; U-Boot's top config.mk includes this through
# one grafted line, so that every board which enables the extension has them.
# SPL reads config.mk too and has no commands.

ifndef CONFIG_XPL_BUILD
ifdef CONFIG_ARM64
ifdef CONFIG_MMU_PFA
# Told of it before an EFI application runs, before devices go for an operating
# system, and when the command is back that began it. With the mmu command, commands
# run within a catch point
LDFLAGS_FINAL += $(addprefix --wrap=,switch_to_non_secure_mode \
	dm_remove_devices_active cmd_process)
# U-Boot's own changes of its map. A name that a release does not have is never
# called, and does no harm
LDFLAGS_FINAL += $(addprefix --wrap=,mmu_set_region_dcache_behaviour \
	mmu_change_region_attr mmu_change_region_attr_nobreak mmu_map_region \
	pgprot_set_attrs mmu_unmap_reserved_mem)
# Where threads change places (newer releases)
LDFLAGS_FINAL += $(addprefix --wrap=,uthread_create uthread_schedule \
	uthread_mutex_lock)
endif
endif
ifdef CONFIG_MMU_PFA_SYMBOLS
# Only the link of U-Boot itself: LD is expanded in each recipe anew
MMU_PFA_LD := $(LD)
LD = $(if $(filter u-boot,$@),$(MMU_PFA_LINK_SYMBOLS)) $(MMU_PFA_LD)
MMU_PFA_LINK_SYMBOLS = $(CONFIG_SHELL) $(srctree)/lib/mmu_pfa/link-symbols \
	$(CC) $(NM)
endif
endif
