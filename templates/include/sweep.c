// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * What to do with calls that never return.
 *
 * A call whose process ends is open for ever, and in the end no new call would find room. When
 * the map is nearly full, the calls of dead processes are printed, as having ended with them, and
 * go; then the oldest, which count as map full. When the tracer stops, what is open is printed.
 *
 * A program may be about to send a call that goes now: it finds that the call is gone, and tells
 * (regained). Would it lose its map element to another call within that microsecond, too, it
 * would send what it finds. The oldest half of a full map is hardly where calls return from.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tracer.h"

#define SWEEP_INTERVAL_NS 100000000ULL

struct aged_call {
	struct call_key key;
	__u64 time_ns;
	__u32 tgid; /* as we number processes; in the key it is as the kernel does */
};

static int older(const void *a, const void *b)
{
	__u64 x = ((const struct aged_call *)a)->time_ns,
	      y = ((const struct aged_call *)b)->time_ns;

	return x < y ? -1 : x > y;
}

static bool is_dead(__u32 tgid)
{
	return tgid && kill(tgid, 0) && errno == ESRCH;
}

/* Every open call, the oldest first; their number. */
static __u32 read_open_calls(const struct open_calls_map *m, struct aged_call *calls, void *value)
{
	struct call_key *prev = NULL;
	__u32 cnt = 0;

	while (cnt < m->max_entries && !bpf_map_get_next_key(m->fd, prev, &calls[cnt].key)) {
		prev = &calls[cnt].key;
		calls[cnt].time_ns = 0;
		calls[cnt].tgid = 0;
		if (!bpf_map_lookup_elem(m->fd, prev, value)) {
			calls[cnt].time_ns = ((struct event_header *)value)->time_ns;
			calls[cnt].tgid = ((struct event_header *)value)->tgid;
		}
		cnt++;
	}
	qsort(calls, cnt, sizeof(*calls), older);
	return cnt;
}

static void give_up(struct consumer *c, const struct call_key *key)
{
	if (key->func < c->t->function_cnt && !bpf_map_delete_elem(c->open_calls.fd, key))
		c->swept[key->func]++;
}

/* Print a call that did not end as far as the programs saw. */
static void list(struct consumer *c, const struct call_key *key, void *value, enum call_exit exit)
{
	const struct open_calls_map *m = &c->open_calls;
	struct event_header *hdr = value;
	struct timespec now;

	if (key->func >= c->t->function_cnt || bpf_map_lookup_elem(m->fd, key, value) ||
	    bpf_map_delete_elem(m->fd, key))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	hdr->exit = exit;
	hdr->duration_ns = now.tv_sec * 1000000000ULL + now.tv_nsec - hdr->time_ns;
	/* Between its entry and its floats there is nothing to time. */
	if (hdr->type == EVENT_ENTRY)
		hdr->duration_ns = 0;
	if (hdr->type == EVENT_RETURN)
		hdr->time_ns += hdr->duration_ns;
	print_record(c, value, m->value_size);
	c->listed[key->func]++;
}

void list_open_calls(struct consumer *c, __u32 func)
{
	const struct open_calls_map *m = &c->open_calls;
	struct aged_call *calls = calloc(m->max_entries, sizeof(*calls));
	void *value = malloc(m->value_size);
	__u32 i, cnt;

	if (calls && value) {
		cnt = read_open_calls(m, calls, value);
		for (i = 0; i < cnt; i++) {
			if (func != ALL_FUNCTIONS && calls[i].key.func != func)
				continue;
			list(c, &calls[i].key, value,
			     is_dead(calls[i].tgid) ? CALL_PROCESS_EXIT : CALL_IN_FLIGHT);
		}
		out_flush(c->out);
	}
	free(calls);
	free(value);
}

static void sweep(struct consumer *c)
{
	const struct open_calls_map *m = &c->open_calls;
	struct aged_call *calls = calloc(m->max_entries, sizeof(*calls));
	void *value = malloc(m->value_size);
	__u32 i, cnt, left = 0;

	if (!calls || !value)
		goto cleanup;
	cnt = read_open_calls(m, calls, value);
	for (i = 0; i < cnt; i++) {
		if (is_dead(calls[i].tgid))
			list(c, &calls[i].key, value, CALL_PROCESS_EXIT);
		else
			calls[left++] = calls[i];
	}
	if (left <= m->max_entries / 2)
		goto cleanup;
	for (i = 0; i < left - m->max_entries / 2; i++)
		give_up(c, &calls[i].key);
	if (!c->warned)
		fprintf(stderr,
			"warning: %u calls are open, and no more fit: the oldest are given up and "
			"counted as map full\n",
			left);
	c->warned = true;
cleanup:
	free(calls);
	free(value);
}

static void forget_dead(struct consumer *c, const struct goroutine *key)
{
	static struct panics value;

	/* The key has the kernel's number of the process, the value has ours. */
	if (!bpf_map_lookup_elem(c->panics_fd, key, &value) && value.cnt &&
	    is_dead(value.nested[0].hdr.tgid))
		bpf_map_delete_elem(c->panics_fd, key);
}

/* A panic that nobody recovers ends its process, and stays in the map. */
static void sweep_panics(struct consumer *c)
{
	struct goroutine keys[2], *prev = NULL;
	int i = 0;

	*c->panics_full = false;
	while (!bpf_map_get_next_key(c->panics_fd, prev, &keys[i])) {
		/* Only when the next one is known: from a key that is gone it would begin anew. */
		if (prev)
			forget_dead(c, prev);
		prev = &keys[i];
		i = !i;
	}
	if (prev)
		forget_dead(c, prev);
}

/* Counters are read while they change: a call may seem to have ended before it began. */
static __u64 open_calls_of(const struct func_counters *sum, __u64 gone)
{
	__u64 ended = accounted(sum) + gone;

	return sum->hit > ended ? sum->hit - ended : 0;
}

/* Cheap enough to ask often: only the counters are read unless there is something to do. */
void sweep_if_crowded(struct consumer *c, __u64 now_ns)
{
	__u64 full = 0, open = 0;
	struct func_counters sum;
	__u32 i;

	if (now_ns - c->swept_ns < SWEEP_INTERVAL_NS)
		return;
	c->swept_ns = now_ns;
	if (c->panics_full && *c->panics_full)
		sweep_panics(c);
	for (i = 0; i < c->t->function_cnt; i++) {
		if (c->t->functions[i].open_calls == OPEN_CALLS_NONE ||
		    read_counters(c->counters_fd, i, &sum))
			continue;
		full += sum.map_full;
		if (c->t->functions[i].open_calls == OPEN_CALLS_HIT)
			open += open_calls_of(&sum, c->swept[i] + c->listed[i] - sum.regained);
	}
	if (full == c->seen_full && open < c->open_calls.max_entries / 4 * 3)
		return;
	c->seen_full = full;
	sweep(c);
}
