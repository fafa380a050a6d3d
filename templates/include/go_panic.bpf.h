/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Keep the values of panics until it is known which calls they end.
 *
 * runtime.gopanic is probed where it begins. A panic runs the deferred functions of the frames
 * below it, and these may panic themselves. Where the older panic was by then, the runtime knows:
 * calls deeper than that frame were ended by the older panic, the others by the newer one.
 */
#ifndef __GO_PANIC_BPF_H
#define __GO_PANIC_BPF_H

/* How many goroutines can panic at once. */
#define PANICKING_CNT 512
/* How many references are followed in a panic's value. */
#define PANIC_STEPS 10
/* How many deferred functions may lie between what runs now and the frame of an older panic. */
#define GO_DEFERS_MAX 8

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PANICKING_CNT);
	__type(key, struct goroutine);
	__type(value, struct panics);
} panics SEC(".maps");

/* There was no room: the loader forgets the goroutines of dead processes. */
volatile bool panics_full;

/* What a new map value is made of. */
static const struct panics no_panics;

/*
 * A number that is the same to the verifier on every path, since it comes from memory: with it in
 * a register, each test would double the paths.
 */
#define same_on_every_path(number) (*(volatile __u64 *)&(number))

/* How many of a goroutine's panics began below a depth: only those are not over yet. */
static __always_inline __u64 panics_below(struct panics *p, __u64 depth)
{
	__u64 i;

	same_on_every_path(p->found) = 0;
#pragma unroll
	for (i = 0; i < PANICS_NESTED; i++) {
		if (i < p->cnt && p->nested[i].depth < depth)
			same_on_every_path(p->found) = i + 1;
	}
	return same_on_every_path(p->found);
}

/*
 * A new panic begins in a function that an older one runs: note for whose frame. A function of
 * its own, as add_panic() is, to keep the stacks small.
 */
static __noinline void note_progress(__u64 at, struct panic_event *older, __u64 stack_hi)
{
	__u64 sp;
	int i;

	if (!older)
		return;
	at += GO_G_DEFERRING;

#pragma unroll
	for (i = 0; i < GO_DEFERS_MAX; i++) {
		if (go_read(&at, sizeof(at), at) || !at ||
		    go_read(&sp, sizeof(sp), at + GO_DEFERRING_SP))
			return;
		if (stack_hi - sp < older->depth) {
			older->passed = stack_hi - sp;
			return;
		}
		at += GO_DEFERRING_LINK;
	}
}

static __noinline void add_panic(struct pt_regs *ctx, struct panics *p, __u64 goid)
{
	struct panic_event *e;
	__u64 stack_hi, n;

	if (!p || go_read(&stack_hi, sizeof(stack_hi), GO_G(ctx) + GO_G_STACK_HI))
		return;
	n = panics_below(p, stack_hi - GO_SP(ctx));
	barrier_var(n);
	if (n && n <= PANICS_NESTED)
		note_progress(GO_G(ctx), &p->nested[n - 1], stack_hi);
	if (n >= PANICS_NESTED)
		n = PANICS_NESTED - 1;
	same_on_every_path(p->found) = n;
	n = same_on_every_path(p->found);
	if (n >= PANICS_NESTED)
		return;
	e = &p->nested[n];
	fill_header(&e->hdr, EVENT_PANIC, 0, goid);
	e->hdr.panic = n + 1;
	/* The one that was here is not over: what it ends can't be told from what this one ends. */
	e->hdr.unread = p->cnt > n && e->depth < stack_hi - GO_SP(ctx);
	p->cnt = n + 1;
	e->depth = stack_hi - GO_SP(ctx);
	e->passed = ~0ULL;
	e->value[0] = GO_I0(ctx);
	e->value[1] = GO_I1(ctx);
	e->pieces.len = 0;
	go_follow_iface(GO_PIECES(e), (const char *)e->value,
			GO_HOW(REF_ANY, PANIC_DEPTH, PANIC_ROOM, PANIC_TEXT), PANIC_STEPS);
}

/* runtime.gopanic(e any) begins. */
static __always_inline int note_panic(struct pt_regs *ctx)
{
	struct goroutine self = {};
	struct panics *p;

	if (!is_traced() || go_read(&self.goid, sizeof(self.goid), GO_G(ctx) + GO_G_GOID))
		return 0;
	self.tgid = bpf_get_current_pid_tgid() >> 32;
	/* One lookup whether it was there or not: what follows is long, and verified for each. */
	bpf_map_update_elem(&panics, &self, &no_panics, BPF_NOEXIST);
	p = bpf_map_lookup_elem(&panics, &self);
	if (p)
		add_panic(ctx, p, self.goid);
	else
		panics_full = true;
	return 0;
}

/*
 * Which of a goroutine's panics ended a call, of those that began in frames that are gone: the
 * first that began deeper than the call and had passed it, or else the last.
 */
static __always_inline struct panic_event *ending_panic(const struct goroutine *self, __u64 unwound,
							__u64 depth)
{
	const struct panic_event *e;
	struct panics *p;
	__u64 i, n;

	p = bpf_map_lookup_elem(&panics, self);
	if (!p)
		return NULL;
	same_on_every_path(p->found) = p->cnt - 1;
#pragma unroll
	for (i = PANICS_NESTED; i-- > 0;) {
		e = &p->nested[i];
		if (i < p->cnt && e->depth >= unwound && e->depth > depth && depth >= e->passed)
			same_on_every_path(p->found) = i;
	}
	n = same_on_every_path(p->found);
	barrier_var(n);
	if (n >= PANICS_NESTED || p->nested[n].depth < unwound)
		return NULL;
	return &p->nested[n];
}

/*
 * The loader keeps so many panics. A program that was interrupted while it sent calls sends theirs
 * again: meanwhile many others may have come.
 */
#define PANIC_KEPT_NS 200000

static __always_inline bool was_just_sent(__u64 sent_ns)
{
	return bpf_ktime_get_ns() - sent_ns < PANIC_KEPT_NS;
}

/* Send a panic ahead of the calls that it ended; when. */
static __always_inline __u64 send_panic(struct panic_event *e)
{
	__u64 len = e->pieces.len;

	if (len > sizeof(e->pieces_room))
		len = sizeof(e->pieces_room);
	barrier_var(len);
	if (len <= sizeof(e->pieces_room))
		bpf_ringbuf_output(&rb, e, offsetof(struct panic_event, pieces_room) + len,
				   BPF_RB_NO_WAKEUP);
	return bpf_ktime_get_ns();
}

/* The panics of the frames that are gone are over. */
static __always_inline void forget_panics(const struct goroutine *self, __u64 unwound)
{
	struct panics *p;
	__u64 cnt;

	p = bpf_map_lookup_elem(&panics, self);
	if (!p)
		return;
	cnt = panics_below(p, unwound);
	if (cnt)
		p->cnt = cnt;
	else
		bpf_map_delete_elem(&panics, self);
}

#endif /* __GO_PANIC_BPF_H */
