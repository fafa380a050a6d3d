/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Where a large record that is sent within one hit is put together, so that only what was captured
 * travels: room in the ring has to be reserved before it is known how much that is.
 *
 * uprobe programs can be preempted, and may sleep while a page is read from disk, so such a place
 * belongs to no processor: it is claimed. Whoever adds itself to its users and then sees no other
 * among them has it until it takes itself off again, for all others see at least two. An atomic
 * addition whose result nobody uses, and a read of the same word, are all that this needs: an
 * exchange would be clearer, but takes instructions (-mcpu=v3) that the other programs do without.
 */
#ifndef __GO_STAGE_BPF_H
#define __GO_STAGE_BPF_H

/* One is enough unless a program is preempted, or sleeps, while it puts a record together. */
#define STAGES_PER_CPU 8

struct stage {
	__u64 users;
	union staged_record record;
};

/* The loader multiplies them by the number of processors. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STAGES_PER_CPU);
	__type(key, __u32);
	__type(value, struct stage);
} stages SEC(".maps");

/* A place for one record; NULL when all of this processor's are taken. */
static __noinline void *claim_stage(void)
{
	__u32 first = bpf_get_smp_processor_id() * STAGES_PER_CPU, i, at;
	struct stage *stage;

#pragma unroll
	for (i = 0; i < STAGES_PER_CPU; i++) {
		at = first + i;
		stage = bpf_map_lookup_elem(&stages, &at);
		if (!stage)
			return NULL;
		__sync_fetch_and_add(&stage->users, 1);
		if (*(volatile __u64 *)&stage->users == 1)
			return &stage->record;
		__sync_fetch_and_add(&stage->users, -1);
	}
	return NULL;
}

static __always_inline void release_stage(void *record)
{
	struct stage *stage = record - offsetof(struct stage, record);

	__sync_fetch_and_add(&stage->users, -1);
}

/* Send the first size bytes of a record that was staged, and give its place back. */
static __always_inline void send_record(void *record, __u64 size)
{
	struct event_header *hdr = record;
	struct func_counters *c;
	long err;

	err = bpf_ringbuf_output(&rb, record, size, wakeup_flags(hdr));
	/* Looked up again: to keep it since the hit was counted takes stack, of which there is none. */
	c = bpf_map_lookup_elem(&counters, &hdr->func);
	if (c && err)
		count(c->ring_full);
	else if (c)
		count(c->emitted);
	release_stage(record);
}

#endif /* __GO_STAGE_BPF_H */
