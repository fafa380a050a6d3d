/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Read floats that a call was handed in registers.
 *
 * A uprobe does not see vector registers. Where a function stores them itself, before it calls
 * anything, a second probe behind that finds them in its frame. The record that the entry began
 * waits among the open calls meanwhile: the goroutine may be preempted between the two.
 */
#ifndef __GO_FLOAT_BPF_H
#define __GO_FLOAT_BPF_H

/* A register's share of a value, offset bytes into it, from memory. */
#define go_read_part(value, offset, type, address) \
	go_read(&GO_WORD(type, value, offset), sizeof(type), address)

/* Find a call whose entry was seen, from a place where SP is that much lower than there. */
static __always_inline void *find_call_below(struct pt_regs *ctx, __u32 func, __u64 below,
					     struct call_key *key)
{
	if (!is_traced())
		return NULL;
	key->func = func;
	if (read_call_key(ctx, key))
		return NULL;
	key->depth -= below;
	return bpf_map_lookup_elem(&inflight, key);
}

/* Begin the record of a call's beginning that is not complete yet; send_entry() counts the hit. */
static __always_inline void *begin_entry(struct pt_regs *ctx, __u32 func)
{
	struct func_counters *c;
	struct event_header *hdr;
	struct call_key key;

	if (!is_traced())
		return NULL;
	key.func = func;
	c = bpf_map_lookup_elem(&counters, &key.func);
	if (!c)
		return NULL;
	if (read_call_key(ctx, &key)) {
		count(c->hit);
		count(c->read_fault);
		return NULL;
	}
	if (is_throttled(c, func)) {
		count(c->hit);
		drop_stale(c, &key);
		return NULL;
	}
	if (is_throttled(c, func)) {
		count(c->hit);
		drop_stale(c, &key);
		return NULL;
	}
	remember_call(c, &key, func);
	hdr = bpf_map_lookup_elem(&inflight, &key);
	if (hdr)
		hdr->type = EVENT_ENTRY;
	return hdr;
}

/* Send it. keep: what is left of the call waits for its end. */
static __always_inline void send_entry(struct call_key *key, void *record, __u64 size, bool keep)
{
	struct event_header *hdr = record;
	struct func_counters *c;
	long err;

	if (!keep) {
		send_last(key, record, size, true);
		return;
	}
	c = bpf_map_lookup_elem(&counters, &key->func);
	if (!c)
		return;
	count(c->hit);
	err = bpf_ringbuf_output(&rb, record, size, wakeup_flags(hdr));
	if (err)
		count(c->ring_full);
	else
		count(c->emitted);
	hdr->type = EVENT_RETURN;
}

#endif /* __GO_FLOAT_BPF_H */
