// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Account for every hit: the last line, and the last record. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer.h"

__u64 accounted(const struct func_counters *c)
{
	return c->emitted + c->filtered + c->throttled + c->ring_full + c->map_full +
	       c->read_fault + c->unpaired;
}

static __u64 lost(const struct func_counters *c)
{
	return c->ring_full + c->map_full + c->read_fault;
}

int read_counters(int counters_fd, __u32 func, struct func_counters *sum)
{
	int i, cpus = libbpf_num_possible_cpus();
	struct func_counters *per_cpu;
	size_t j;

	if (cpus < 0)
		return cpus;
	per_cpu = calloc(cpus, sizeof(*per_cpu));
	if (!per_cpu)
		return -ENOMEM;
	if (bpf_map_lookup_elem(counters_fd, &func, per_cpu)) {
		free(per_cpu);
		return -errno;
	}
	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < cpus; i++) {
		for (j = 0; j < sizeof(*sum) / sizeof(__u64); j++)
			((__u64 *)sum)[j] += ((const __u64 *)&per_cpu[i])[j];
	}
	free(per_cpu);
	return 0;
}

static void count_open_calls(int inflight_fd, __u64 *open, __u32 function_cnt)
{
	struct call_key key, *prev = NULL;

	while (!bpf_map_get_next_key(inflight_fd, prev, &key)) {
		if (key.func < function_cnt)
			open[key.func]++;
		prev = &key;
	}
}

/*
 * Close the books of one function. The programs count a hit before its fate is known and the
 * fate when it is, so that the two sums check each other: they may differ by the calls that are
 * open still, those that were given up to make room and those that the loader listed itself, and
 * by nothing else.
 */
static void settle(struct func_counters *c, enum open_calls mode, __u64 open, __u64 swept,
		   __u64 listed, __u64 discarded)
{
	swept -= c->regained;
	if (mode == OPEN_CALLS_PENDING)
		c->hit += open + swept + listed;
	if (mode != OPEN_CALLS_NONE) {
		c->unpaired += open;
		c->map_full += swept;
		c->emitted += listed;
	}
#ifdef GOGEN_DEBUG
	assert(c->hit == accounted(c));
#endif
	/* Records that came after --count was reached. */
	c->emitted -= discarded;
	c->filtered += discarded;
}

static void print_function(const char *symbol, const struct func_counters *c, double detached)
{
	fprintf(stderr, "%s: hits %llu, emitted %llu, filtered %llu", symbol, c->hit, c->emitted,
		c->filtered);
	if (c->throttled)
		fprintf(stderr, ", throttled %llu", c->throttled);
	fprintf(stderr, ", lost %llu", lost(c));
	if (lost(c))
		fprintf(stderr, " (ring full %llu, map full %llu, read fault %llu)", c->ring_full,
			c->map_full, c->read_fault);
	if (c->unpaired)
		fprintf(stderr, ", unpaired %llu", c->unpaired);
	if (detached)
		fprintf(stderr, ", detached at %.1f %% of a processor", detached);
	if (c->hit != accounted(c))
		fprintf(stderr, " [unaccounted: %lld]", (long long)(c->hit - accounted(c)));
}

static bool is_silent(const struct func_counters *c, __u32 func)
{
	return !c->hit && !accounted(c) && !detached_at(func);
}

/* Of a match of hundreds most are never called: more than so many such functions are counted. */
#define SILENT_SHOWN_MAX 16

static void print_text(const struct tracer *t, const struct func_counters *all)
{
	__u32 i, silent = 0, shown = 0;

	for (i = 0; i < t->function_cnt; i++)
		silent += is_silent(&all[i], i);
	fprintf(stderr, "summary: ");
	for (i = 0; i < t->function_cnt; i++) {
		if (silent > SILENT_SHOWN_MAX && is_silent(&all[i], i))
			continue;
		if (shown++)
			fprintf(stderr, "; ");
		print_function(t->functions[i].symbol, &all[i], detached_at(i));
	}
	if (silent > SILENT_SHOWN_MAX)
		fprintf(stderr, "%s%u %sfunctions: hits 0", shown ? "; " : "", silent,
			shown ? "more " : "");
	fprintf(stderr, "\n");
}

static void out_count(struct out *o, const char *key, __u64 v)
{
	out_str(o, ",\"");
	out_str(o, key);
	out_str(o, "\":");
	out_unsigned(o, v);
}

static void print_json(struct out *o, const struct tracer *t, const struct func_counters *all)
{
	const struct func_counters *c;
	const char *symbol;
	char percent[64];
	__u32 i;

	out_str(o, "{\"event\":\"summary\",\"functions\":[");
	for (i = 0; i < t->function_cnt; i++) {
		c = &all[i];
		symbol = t->functions[i].symbol;
		out_str(o, i ? ",{\"function\":" : "{\"function\":");
		out_json_string(o, symbol, strlen(symbol));
		out_count(o, "hits", c->hit);
		out_count(o, "emitted", c->emitted);
		out_count(o, "filtered", c->filtered);
		out_count(o, "throttled", c->throttled);
		out_count(o, "unpaired", c->unpaired);
		out_str(o, ",\"lost\":{\"ring_full\":");
		out_unsigned(o, c->ring_full);
		out_count(o, "map_full", c->map_full);
		out_count(o, "read_fault", c->read_fault);
		out_str(o, "}");
		if (detached_at(i)) {
			snprintf(percent, sizeof(percent), ",\"detached\":{\"percent\":%.1f}",
				 detached_at(i));
			out_str(o, percent);
		}
		out_str(o, "}");
	}
	out_str(o, "]}\n");
	out_flush(o);
}

int summarize(const struct consumer *c)
{
	__u32 i, cnt = c->t->function_cnt;
	struct func_counters *all;
	int err = 0, status = EXIT_CLEAN;
	__u64 *open;

	all = calloc(cnt, sizeof(*all));
	open = calloc(cnt, sizeof(*open));
	if (!all || !open) {
		err = -ENOMEM;
		goto cleanup;
	}
	count_open_calls(c->open_calls.fd, open, cnt);
	for (i = 0; i < cnt; i++) {
		err = read_counters(c->counters_fd, i, &all[i]);
		if (err)
			goto cleanup;
		settle(&all[i], c->t->functions[i].open_calls, open[i], c->swept[i], c->listed[i],
		       c->discarded[i]);
		if (c->env->strict && (lost(&all[i]) || all[i].hit != accounted(&all[i])))
			status = EXIT_LOST;
	}
	if (c->env->json)
		print_json(c->out, c->t, all);
	print_text(c->t, all);
cleanup:
	if (err) {
		fprintf(stderr, "error: can't read the counters: %s\n", strerror(-err));
		status = EXIT_ERROR;
	}
	free(all);
	free(open);
	return status;
}
