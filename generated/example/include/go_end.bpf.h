/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* End calls: find the one that returns, send its last record, and forget it. */
#ifndef __GO_END_BPF_H
#define __GO_END_BPF_H

#include "go_call.bpf.h"

/*
 * Find the open call that is about to return; key names it for close_call(). There is none when
 * it began before the tracer, or did not fit into the map, which was counted then.
 */
static __always_inline void *find_call(struct pt_regs *ctx, __u32 func, struct call_key *key)
{
	if (!is_traced())
		return NULL;
	key->func = func;
	/* Leave the call open: it is counted as unpaired when the tracer ends. */
	if (read_call_key(ctx, key))
		return NULL;
	return bpf_map_lookup_elem(&inflight, key);
}

/*
 * Remove a call that has ended. The loader may have given it up to make room since it was found,
 * and counted it as map full: it takes that back.
 */
static __always_inline void remove_call(struct func_counters *c, struct call_key *key)
{
	if (bpf_map_delete_elem(&inflight, key) == -ENOENT)
		count(c->regained);
}

/* Forget a call that has ended; when it began is what is left of it. */
static __always_inline __u64 forget_call(struct call_key *key, const void *call)
{
	const struct event_header *hdr = call;
	__u64 began_ns = hdr->time_ns;
	struct func_counters *c;

	c = bpf_map_lookup_elem(&counters, &key->func);
	if (c)
		remove_call(c, key);
	return began_ns;
}

/* Send the last record of a call, and forget the call. */
static __always_inline void send_last(struct call_key *key, void *record, __u64 size, bool hit)
{
	struct func_counters *c;
	long err;

	err = bpf_ringbuf_output(&rb, record, size, wakeup_flags(record));
	c = bpf_map_lookup_elem(&counters, &key->func);
	if (!c)
		return;
	remove_call(c, key);
	if (hit)
		count(c->hit);
	if (err)
		count(c->ring_full);
	else
		count(c->emitted);
}

/* Send the record of a call that ended, and forget the call. */
static __always_inline void close_call(struct call_key *key, void *record, __u64 size)
{
	struct event_header *hdr = record;

	hdr->duration_ns = bpf_ktime_get_ns() - hdr->time_ns;
	send_last(key, record, size, false);
}

#endif /* __GO_END_BPF_H */
