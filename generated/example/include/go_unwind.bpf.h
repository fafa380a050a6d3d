/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * End the calls that do not return. A tail jump leaves its frame to another function. A panic that
 * is recovered, and runtime.Goexit, drop frames without running their RET: these probes are in
 * the runtime, at places passed once each time.
 *
 * All open calls are looked through each time; where nobody panics, that costs nothing.
 */
#ifndef __GO_UNWIND_BPF_H
#define __GO_UNWIND_BPF_H

/* Which frames are gone: those of a goroutine that are at least so deep. */
struct unwinding {
	struct goroutine self;
	__u64 depth;
	__u32 exit; /* enum call_exit */
	__u32 sent; /* the panic that was sent last, and when */
	__u64 sent_ns;
};

/* Filled out by the tracer. */
static const struct kept_call kept_calls[FUNC_CNT];

static __always_inline __u64 kept_size(const void *call, __u32 func)
{
	__u64 size, at;

	/* clang knows that it is in range, and the verifier, once it was on the stack, does not. */
	barrier_var(func);
	if (func >= FUNC_CNT)
		return 0;
	size = kept_calls[func].size;
	at = kept_calls[func].pieces;
	/* Two tests of one variable would become one of another. */
	barrier_var(at);
	if (at <= sizeof(union open_call) - sizeof(struct pieces) && kept_calls[func].pieces)
		size += ((const struct pieces *)((const char *)call + at))->len;
	barrier_var(size);
	return size < sizeof(union open_call) ? size : sizeof(union open_call);
}

/* Send what is kept of a call that ended, as it is, and forget the call. */
static __always_inline void end_kept(struct call_key *key, void *call, __u32 exit)
{
	struct event_header *hdr = call;
	__u64 now = bpf_ktime_get_ns();
	bool hit = false;

	hdr->exit = exit;
	hdr->duration_ns = now - hdr->time_ns;
	/* The record of an end has the time of the end, and is a hit of its own. */
	if (hdr->type == EVENT_RETURN) {
		hdr->time_ns = now;
		hit = true;
	}
	send_last(key, call, kept_size(call, key->func), hit);
}

/* A call leaves by a tail jump. */
static __always_inline int end_tail_call(struct pt_regs *ctx, __u32 func)
{
	struct call_key key;
	void *call;

	call = find_call(ctx, func, &key);
	if (call)
		end_kept(&key, call, CALL_TAILCALLED);
	return 0;
}

/* The same where only returns are traced: there are no results, so a header says it all. */
static __always_inline int emit_tail_call(struct pt_regs *ctx, __u32 func)
{
	struct event_header *hdr;

	hdr = begin_record(ctx, EVENT_RETURN, func, sizeof(*hdr));
	if (!hdr)
		return 0;
	hdr->exit = CALL_TAILCALLED;
	submit_record(hdr);
	return 0;
}

static long end_unwound(void *map, struct call_key *key, void *call, struct unwinding *u)
{
	struct call_key gone;

	(void)map;
	if (key->goid != u->self.goid || key->tgid != u->self.tgid || key->depth < u->depth ||
	    key->func >= FUNC_CNT)
		return 0;
	/* The map's own key goes with its element. */
	gone = *key;
#ifdef __GO_PANIC_BPF_H
	if (u->exit == CALL_PANICKED) {
		struct panic_event *e = ending_panic(&u->self, u->depth, gone.depth);

		if (e) {
			if (u->sent != e->hdr.panic || !was_just_sent(u->sent_ns))
				u->sent_ns = send_panic(e);
			u->sent = e->hdr.panic;
			((struct event_header *)call)->panic = e->hdr.panic;
		}
	}
#endif
	end_kept(&gone, call, u->exit);
	return 0;
}

static __always_inline int unwind(struct unwinding *u)
{
	u->self.tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_for_each_map_elem(&inflight, end_unwound, u, 0);
#ifdef __GO_PANIC_BPF_H
	forget_panics(&u->self, u->depth);
#endif
	return 0;
}

/* runtime.recovery runs on the system stack, and says in g.sched where the goroutine goes on. */
static __always_inline int unwind_recovered(struct pt_regs *ctx)
{
	struct unwinding u = { .exit = CALL_PANICKED };
	/* g, and last what it says: more variables would be too much stack. */
	__u64 *g = &u.sent_ns;

	if (!is_traced())
		return 0;
	if (go_read(g, sizeof(*g), GO_G(ctx) + GO_G_M) || go_read(g, sizeof(*g), *g + GO_M_CURG) ||
	    go_read(&u.depth, sizeof(u.depth), *g + GO_G_STACK_HI) ||
	    go_read(&u.self.goid, sizeof(u.self.goid), *g + GO_G_GOID) ||
	    go_read(g, sizeof(*g), *g + GO_G_SCHED_SP))
		return 0;
	u.depth -= *g;
	return unwind(&u);
}

/* runtime.Goexit runs on the goroutine that ends. */
static __always_inline int unwind_exited(struct pt_regs *ctx)
{
	struct unwinding u = { .exit = CALL_GOEXIT };

	if (!is_traced() || go_read(&u.self.goid, sizeof(u.self.goid), GO_G(ctx) + GO_G_GOID))
		return 0;
	return unwind(&u);
}

#endif /* __GO_UNWIND_BPF_H */
