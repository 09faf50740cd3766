# SPDX-License-Identifier: GPL-2.0+
"""What U-Boot's own tests need to know of QEMU started by the hooks"""

# The user network answers DHCP
env__net_dhcp_server = True

# There is no TPM
env__tpm_device_test_skip = True
