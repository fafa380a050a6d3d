/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Bound the calls of a function that are recorded per second: docs/design/0016 has the reasons. */
#ifndef __GO_RATE_BPF_H
#define __GO_RATE_BPF_H

/* Filled out by the tracer. */
static const struct call_rate call_rates[FUNC_CNT];

#define ONE_SECOND_NS 1000000000ULL

/* A function's bucket holds what a second may bring, and is filled again when it is empty. */
static volatile struct {
	__u64 used;
	__u64 refilled_ns;
} buckets[FUNC_CNT];

static __noinline bool refill(__u32 func)
{
	__u64 now, last, elapsed, due, used;

	barrier_var(func);
	if (func >= FUNC_CNT || !call_rates[func].interval_ns)
		return false;
	now = bpf_ktime_get_ns();
	last = buckets[func].refilled_ns;
	elapsed = now - last;
	/* A clock that was never looked at: the second begins now. */
	if (!last || elapsed > ONE_SECOND_NS) {
		buckets[func].refilled_ns = now;
		if (last)
			buckets[func].used = 0;
		return last;
	}
	due = elapsed / call_rates[func].interval_ns;
	if (!due)
		return false;
	/* First of all, so that others who come here at this moment find nothing to add. */
	buckets[func].refilled_ns = last + due * call_rates[func].interval_ns;
	used = buckets[func].used;
	buckets[func].used = used > due ? used - due : 0;
	return true;
}

/*
 * Has this function had all the records that its rate allows? Asked once for each call, and
 * nobody waits for anybody: of several processors that ask at one moment, each may be allowed
 * one call too many. The clock is read when a second's worth is used up, not before.
 */
static __always_inline bool is_throttled(struct func_counters *c, __u32 func)
{
	/* Unless it is a constant, it was on the stack, and the verifier may have lost its range. */
	if (!__builtin_constant_p(func)) {
		barrier_var(func);
		if (func >= FUNC_CNT)
			return false;
	}
	/* Where it is one, of a function without a bound, this is all. */
	if (!call_rates[func].interval_ns)
		return false;
	if (buckets[func].used >= ONE_SECOND_NS / call_rates[func].interval_ns && !refill(func)) {
		__sync_fetch_and_add(&c->throttled, 1);
		return true;
	}
	__sync_fetch_and_add(&buckets[func].used, 1);
	return false;
}

#endif /* __GO_RATE_BPF_H */
