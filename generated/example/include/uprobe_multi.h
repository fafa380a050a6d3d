/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * uprobe_multi links for a libbpf and kernel headers that do not know them yet.
 *
 * Source: include/uapi/linux/bpf.h since Linux 6.6, BPF_LINK_CREATE.
 */
#ifndef __UPROBE_MULTI_H
#define __UPROBE_MULTI_H

#include <linux/types.h>

/* enum bpf_attach_type, BPF_TRACE_UPROBE_MULTI */
#define TRACE_UPROBE_MULTI 48

union uprobe_multi_attr {
	struct {
		__u32 prog_fd;
		__u32 target_fd;
		__u32 attach_type;
		__u32 link_flags;
		__u64 path;
		__u64 offsets;
		__u64 ref_ctr_offsets;
		__u64 cookies;
		__u32 cnt;
		__u32 flags;
		__u32 pid;
	};
	/* The kernel copies as much as it is told; what it does not know must be zero. */
	__u8 zero[128];
};

#endif /* __UPROBE_MULTI_H */
