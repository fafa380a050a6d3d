// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Take records from the ring buffer and print them. */
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "tracer.h"

/*
 * The programs wake us only when the ring fills up: between wakeups we come by ourselves, soon
 * after a record was there, less and less often while there is none.
 */
#define POLL_BUSY_MS 1
#define POLL_MIN_MS 2
#define POLL_MAX_MS 64
#define BUSY_SHARE 8

volatile bool exiting;

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

int print_record(void *ctx, const void *data, size_t data_sz)
{
	const struct event_header *hdr = data;
	struct consumer *c = ctx;
	const struct function *f;
	const struct dictionary *instance;
	struct call_stack stack;
	bool has_values;

	if (data_sz >= sizeof(*hdr) && hdr->type == EVENT_PANIC)
		return keep_panic(data, data_sz);
	if (data_sz < sizeof(*hdr) || hdr->func >= c->t->function_cnt || hdr->type > EVENT_RETURN ||
	    hdr->exit > CALL_IN_FLIGHT)
		return -EBADMSG;
	f = &c->t->functions[hdr->func];
	/* Of a call that did not return, a record of its end has no more than its header. */
	has_values = hdr->type != EVENT_RETURN || hdr->exit == CALL_RETURNED;
	if (!f->show[hdr->type] || (has_values && data_sz < f->record_size[hdr->type]))
		return -EBADMSG;
	if (c->out->err || (c->env->count && c->printed == c->env->count)) {
		c->discarded[hdr->func]++;
		exiting = true;
		return 0;
	}
	c->out->located = has_values && find_bias(f, hdr, &c->out->bias);
	c->out->stack = has_values ? stack_of(f, hdr, &stack) : NULL;
	if (c->env->folded) {
		if (c->out->stack)
			fold_stack(c->out->stack);
	} else {
		instance = has_values ? instance_of(f, hdr) : NULL;
		begin_record(c->out, hdr,
			     instance && !c->out->json ? instance->instance : f->symbol,
			     instance ? instance->type_args : NULL);
		if (has_values)
			f->show[hdr->type](c->out, data);
		if (hdr->exit == CALL_PANICKED)
			out_panic(c->out, hdr);
		end_record(c->out, hdr);
	}
	c->printed++;
	if (c->env->count && c->printed == c->env->count)
		exiting = true;
	return 0;
}

long drain(struct consumer *c)
{
	long n;

	out_sync_clock(c->out);
	n = ring_read(&c->ring, print_record, c);
	out_flush(c->out);
	return n;
}

static void set_alarm(double seconds)
{
	struct itimerval timer = {};

	timer.it_value.tv_sec = (time_t)seconds;
	/* All zero would set none. */
	timer.it_value.tv_usec = (suseconds_t)((seconds - (time_t)seconds) * 1e6) + 1;
	if (timer.it_value.tv_usec > 999999)
		timer.it_value.tv_usec = 999999;
	setitimer(ITIMER_REAL, &timer, NULL);
}

int consume(struct consumer *c)
{
	__u64 now = now_ns(), end = c->env->duration ? now + c->env->duration * 1e9 : ~0ULL;
	int timeout = POLL_MIN_MS, wait, err;
	bool busy;
	long n = 0;

	if (c->env->duration)
		set_alarm(c->env->duration);
	while (!exiting && !command_ended()) {
		now = now_ns();
		if (now >= end)
			break;
		sweep_if_crowded(c, now);
		check_overhead(c, now);
		reap_helpers();
		wait = timeout;
		if (end - now < wait * 1000000ULL)
			wait = (end - now) / 1000000 + 1;
		/* So much came while we read that there is no time to sleep. */
		if (n && ring_fill(&c->ring) > c->ring.size / BUSY_SHARE)
			wait = 0;
		/*
		 * Before we sleep, and not before we read on: a program that finds us asleep asks
		 * how full the ring is, and rings for us, which costs it more than its record.
		 */
		*c->awake = !wait;
		err = wait ? ring_wait(&c->ring, wait) : 0;
		*c->awake = true;
		/* A signal will cause -EINTR */
		if (err == -EINTR)
			continue;
		if (err)
			return err;
		/* At this rate we come sooner than we would be called. */
		busy = ring_fill(&c->ring) > c->ring.size / BUSY_SHARE;
		n = drain(c);
		if (n < 0)
			return n;
		timeout = busy ? POLL_BUSY_MS : n ? POLL_MIN_MS : timeout * 2;
		if (timeout > POLL_MAX_MS)
			timeout = POLL_MAX_MS;
		/* A reader that has gone away has seen enough: EPIPE ends the trace, cleanly. */
		if (c->out->err)
			break;
	}
	return 0;
}
