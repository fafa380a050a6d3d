// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* The least a probe can do. What a tracer costs above it is the tracer's own. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("uprobe")
int empty(struct pt_regs *ctx)
{
	(void)ctx;
	return 0;
}
