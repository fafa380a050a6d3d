/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Whose hits are traced, and what records say of the thread: by the loader's own numbers. */
#ifndef __GO_TASK_BPF_H
#define __GO_TASK_BPF_H

const volatile __u32 targ_tgids[TARG_TGIDS_MAX];
const volatile __u32 targ_tgid_cnt;
/* The loader's PID namespace, by whose numbers it tells processes; 0 in the initial one. */
const volatile __u64 targ_pidns_dev;
const volatile __u64 targ_pidns_ino;
/* Set by the loader while every probe is in place: all of them begin and end at one moment. */
volatile bool tracing;

/* Thread and process, as that namespace numbers them; fails in any other, even inside it. */
static __always_inline long read_own_numbers(struct bpf_pidns_info *numbers)
{
	return bpf_get_ns_current_pid_tgid(targ_pidns_dev, targ_pidns_ino, numbers,
					   sizeof(*numbers));
}

/* Not inline, as below: the programs have no stack to spare, and most are never asked. */
static __noinline bool is_chosen(void)
{
	struct bpf_pidns_info numbers;
	__u32 tgid, i;

	if (!targ_pidns_ino)
		tgid = bpf_get_current_pid_tgid() >> 32;
	else if (read_own_numbers(&numbers))
		return false;
	else
		tgid = numbers.tgid;
	if (!targ_tgid_cnt)
		return true;
#pragma clang loop unroll(disable)
	for (i = 0; i < TARG_TGIDS_MAX; i++) {
		if (i < targ_tgid_cnt && targ_tgids[i] == tgid)
			return true;
	}
	return false;
}

static __always_inline bool is_traced(void)
{
	if (!tracing)
		return false;
	return !(targ_tgid_cnt || targ_pidns_ino) || is_chosen();
}

static __noinline void fill_task(struct event_header *hdr)
{
	__u64 id = bpf_get_current_pid_tgid();

	hdr->tgid = id >> 32;
	hdr->tid = id;
	if (targ_pidns_ino)
		read_own_numbers((struct bpf_pidns_info *)&hdr->tid);
	bpf_get_current_comm(hdr->comm, sizeof(hdr->comm));
}

#endif /* __GO_TASK_BPF_H */
