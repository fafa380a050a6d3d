/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Follow calls from their entry on (go_end.bpf.h: to their end), and send records to the loader.
 *
 * The tracer defines, before it includes this file: FUNC_CNT, union open_call, OPEN_CALL_CNT and
 * the GO_G_* and GO_M_* offsets of its Go version.
 *
 * uprobe programs can be preempted: records are built in a map value that belongs to the call
 * alone, or was claimed for this hit, never in per-CPU scratch; counters are added to atomically.
 */
#ifndef __GO_CALL_BPF_H
#define __GO_CALL_BPF_H

#include "go_task.bpf.h"
#include "go_rate.bpf.h"

/* Wake the loader when this much waits for it; until then it comes by itself, on a timer. */
const volatile __u64 wakeup_bytes;
/* It reads, or was woken; it says itself when it goes to sleep. */
volatile bool awake;

/* Frames on a system stack: their depths must not meet those of the goroutine's own stack. */
#define ON_SYSTEM_STACK (1ULL << 63)
/* A thread that runs no goroutine is told by its tid. */
#define NO_GOROUTINE (1ULL << 62)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} rb SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, OPEN_CALL_CNT);
	__type(key, struct call_key);
	__type(value, union open_call);
} inflight SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FUNC_CNT);
	__type(key, __u32);
	__type(value, struct func_counters);
} counters SEC(".maps");

/* The number of the function that was hit, in a program that serves several. */
static __always_inline __u32 shared_func(struct pt_regs *ctx)
{
	__u64 func = bpf_get_attach_cookie(ctx);

	/* The loader gives no other cookies, but the verifier has not seen it. */
	return func < FUNC_CNT ? func : 0;
}

/* What a new map value is made of. */
static const union open_call no_call;

#ifdef HAS_STAGES
/* go_stage.bpf.h */
static void *claim_stage(void);
#endif

#define count(counter) __sync_fetch_and_add(&(counter), 1)

/*
 * Read the goroutine's id. On a system stack g is g0, which has none: the goroutine is then
 * m.curg, unless the thread runs none at all. goid holds the pointers on the way to it: from
 * 64 bytes of stack on, Linux 6.13 and newer would give programs a stack per CPU.
 */
static __always_inline long read_goid(struct pt_regs *ctx, __u64 *goid)
{
	if (go_read(goid, sizeof(*goid), GO_G(ctx) + GO_G_GOID))
		return -EFAULT;
	if (*goid)
		return 0;
	if (go_read(goid, sizeof(*goid), GO_G(ctx) + GO_G_M))
		return -EFAULT;
	if (go_read(goid, sizeof(*goid), *goid + GO_M_CURG))
		return -EFAULT;
	if (!*goid) {
		*goid = ON_SYSTEM_STACK | NO_GOROUTINE | (__u32)bpf_get_current_pid_tgid();
		return 0;
	}
	if (go_read(goid, sizeof(*goid), *goid + GO_G_GOID))
		return -EFAULT;
	*goid |= ON_SYSTEM_STACK;
	return 0;
}

static __always_inline long read_call_key(struct pt_regs *ctx, struct call_key *key)
{
	if (read_goid(ctx, &key->goid))
		return -EFAULT;
	if (go_read(&key->depth, sizeof(key->depth), GO_G(ctx) + GO_G_STACK_HI))
		return -EFAULT;
	key->depth -= GO_SP(ctx);
	key->tgid = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

static __always_inline void fill_header(struct event_header *hdr, enum event_type type, __u32 func,
					__u64 goid)
{
	hdr->type = type;
	hdr->exit = CALL_RETURNED;
	hdr->func = func;
	hdr->time_ns = bpf_ktime_get_ns();
	hdr->duration_ns = 0;
	hdr->goid = goid & NO_GOROUTINE ? 0 : goid & ~ON_SYSTEM_STACK;
	hdr->unread = 0;
	fill_task(hdr);
}

/*
 * A wakeup per record would cost the Go program more than the record itself, and so does even
 * the question how full the ring is: it is asked for one record in eight, by the chance of the
 * clock's low bits, and only while the loader sleeps.
 */
static __always_inline __u64 wakeup_flags(const struct event_header *hdr)
{
	if (awake || hdr->time_ns & 7)
		return BPF_RB_NO_WAKEUP;
	if (bpf_ringbuf_query(&rb, BPF_RB_AVAIL_DATA) < wakeup_bytes)
		return BPF_RB_NO_WAKEUP;
	awake = true;
	return BPF_RB_FORCE_WAKEUP;
}

/* For records that are put together elsewhere, as room in the ring is of a constant size. */
#define STAGED 0

/* Room for a record that this hit sends, with its header filled out. */
static __always_inline void *make_record(struct func_counters *c, enum event_type type, __u32 func,
					 __u64 size, __u64 goid)
{
	struct event_header *hdr;

#ifdef HAS_STAGES
	hdr = size == STAGED ? claim_stage() : bpf_ringbuf_reserve(&rb, size, 0);
#else
	hdr = bpf_ringbuf_reserve(&rb, size, 0);
#endif
	if (!hdr) {
		count(c->ring_full);
		return NULL;
	}
	if (size != STAGED)
		count(c->emitted);
	fill_header(hdr, type, func, goid);
	return hdr;
}

/*
 * Begin a record that is complete within this hit: size bytes in the ring, a constant in every
 * caller as the verifier wants it, or STAGED.
 */
static __always_inline void *begin_record(struct pt_regs *ctx, enum event_type type, __u32 func,
					  __u64 size)
{
	struct func_counters *c;
	__u32 key = func;
	__u64 goid;

	if (!is_traced())
		return NULL;
	c = bpf_map_lookup_elem(&counters, &key);
	if (!c)
		return NULL;
	count(c->hit);
	if (is_throttled(c, func))
		return NULL;
	if (read_goid(ctx, &goid)) {
		count(c->read_fault);
		return NULL;
	}
	return make_record(c, type, func, size, goid);
}

/*
 * The same for the end of a call that was found. The goroutine is in its key; func, which is
 * there too, is a constant and takes no stack.
 */
static __always_inline void *begin_found(struct call_key *key, __u32 func, __u64 began_ns,
					 __u64 size)
{
	struct func_counters *c;
	struct event_header *hdr;

	c = bpf_map_lookup_elem(&counters, &key->func);
	if (!c)
		return NULL;
	count(c->hit);
	hdr = make_record(c, EVENT_RETURN, func, size, key->goid);
	if (hdr)
		hdr->duration_ns = hdr->time_ns - began_ns;
	return hdr;
}

/* Send a record that was reserved in the ring. */
static __always_inline void submit_record(void *record)
{
	bpf_ringbuf_submit(record, wakeup_flags(record));
}

/* Note that a call began, where its entry already has a record of its own. */
static __always_inline void remember_call(struct func_counters *c, struct call_key *key, __u32 func)
{
	struct event_header *hdr;
	long err;

	err = bpf_map_update_elem(&inflight, key, &no_call, BPF_NOEXIST);
	if (err) {
		/* One record will never come: this call's, or that of the stale call found here. */
		count(c->hit);
		if (err != -EEXIST) {
			count(c->map_full);
			return;
		}
		count(c->unpaired);
	}
	hdr = bpf_map_lookup_elem(&inflight, key);
	if (hdr)
		fill_header(hdr, EVENT_RETURN, func, key->goid);
}

/*
 * For a call that is not recorded: its end must not be taken for that of a call that was here and
 * never returned, one record of which will never come.
 */
static __always_inline void drop_stale(struct func_counters *c, struct call_key *key)
{
	if (bpf_map_delete_elem(&inflight, key))
		return;
	count(c->hit);
	count(c->unpaired);
}

/* Begin the record of a call's beginning, and remember the call for the record of its end. */
static __always_inline void *begin_remembered(struct pt_regs *ctx, __u32 func, __u64 size)
{
	struct func_counters *c;
	struct call_key key;

	if (!is_traced())
		return NULL;
	key.func = func;
	c = bpf_map_lookup_elem(&counters, &key.func);
	if (!c)
		return NULL;
	count(c->hit);
	if (read_call_key(ctx, &key)) {
		count(c->read_fault);
		return NULL;
	}
	if (is_throttled(c, func)) {
		drop_stale(c, &key);
		return NULL;
	}
	remember_call(c, &key, func);
	return make_record(c, EVENT_ENTRY, func, size, key.goid);
}

/* Open a call: its record, to be filled out in place and sent when the call ends. */
static __always_inline void *open_call(struct pt_regs *ctx, __u32 func)
{
	struct func_counters *c;
	struct event_header *hdr;
	struct call_key key;
	long err;

	if (!is_traced())
		return NULL;
	key.func = func;
	c = bpf_map_lookup_elem(&counters, &key.func);
	if (!c)
		return NULL;
	count(c->hit);
	if (read_call_key(ctx, &key)) {
		count(c->read_fault);
		return NULL;
	}
	if (is_throttled(c, func)) {
		/* As drop_stale(), but that call was counted as a hit. */
		if (!bpf_map_delete_elem(&inflight, &key))
			count(c->unpaired);
		return NULL;
	}
	err = bpf_map_update_elem(&inflight, &key, &no_call, BPF_NOEXIST);
	if (err == -EEXIST) {
		/* The call that was here never returned: it panicked, or its goroutine ended. */
		count(c->unpaired);
	} else if (err) {
		count(c->map_full);
		return NULL;
	}
	hdr = bpf_map_lookup_elem(&inflight, &key);
	if (!hdr)
		return NULL;
	fill_header(hdr, EVENT_CALL, func, key.goid);
	return hdr;
}

#endif /* __GO_CALL_BPF_H */
