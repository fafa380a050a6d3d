// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* What --list and --check tell: where the probes sit, and how much memory the kernel may need. */
#include <unistd.h>

#include "tracer.h"

/* kernel/bpf/hashtab.c: struct htab_elem in front of key and value, struct bucket */
#define HASH_ELEMENT 48
#define HASH_BUCKET 16

__u32 count_sites(const struct tracer *t, __u32 first, __u32 end)
{
	const struct function *f;
	__u32 i, cnt = 0;

	for (i = first; i < end; i++) {
		f = &t->functions[i];
		cnt += !!f->entry + !!f->floats + f->ret_cnt + f->tail_cnt;
	}
	return cnt;
}

void print_counts(FILE *to, const char *before, const struct tracer *t)
{
	__u32 own = count_sites(t, t->function_cnt, t->probed_cnt);

	fprintf(to, "%s%u functions, %u sites", before, t->function_cnt,
		count_sites(t, 0, t->function_cnt));
	if (own)
		fprintf(to, ", and %u in the runtime", own);
	fprintf(to, "\n");
}

static void print_site(const char *what, const struct attach_site *s)
{
	__u32 i;

	printf("  %-6s address 0x%llx  file offset 0x%llx  code", what, s->address, s->file_offset);
	for (i = 0; i < s->code_len; i++)
		printf(" %02x", s->code[i]);
	printf("\n");
}

void print_sites(const struct tracer *t)
{
	const struct function *f;
	__u32 i, j;

	for (i = 0; i < t->probed_cnt; i++) {
		f = &t->functions[i];
		if (i == t->function_cnt)
			printf("in the runtime, so that every call's end is seen:\n");
		printf("%s\n  %s\n", f->symbol, f->signature);
		if (f->entry)
			print_site("entry", f->entry);
		if (f->floats)
			print_site("floats", f->floats);
		for (j = 0; j < f->ret_cnt; j++)
			print_site("ret", &f->rets[j]);
		for (j = 0; j < f->tail_cnt; j++)
			print_site("tail", &f->tails[j]);
	}
}

static __u64 round_up(__u64 v, __u64 to)
{
	return (v + to - 1) / to * to;
}

/* The most that a map of this kind takes, all of it when it is made. */
static __u64 map_bytes(const struct bpf_map *map)
{
	__u64 entries = bpf_map__max_entries(map), value = round_up(bpf_map__value_size(map), 8);
	__u64 key = round_up(bpf_map__key_size(map), 8), buckets = 1, page = getpagesize();
	int cpus = libbpf_num_possible_cpus();

	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_RINGBUF:
		/* and a page for each of the positions, and one of the kernel's own */
		return entries + 3 * page;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return entries * (value * (cpus > 0 ? cpus : 1) + sizeof(void *));
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
		while (buckets < entries)
			buckets *= 2;
		return entries * (HASH_ELEMENT + key + value) + buckets * HASH_BUCKET;
	default:
		return round_up(entries * value, page);
	}
}

void print_memory(const struct bpf_object *obj)
{
	const struct bpf_map *map;
	__u64 sum = 0;

	printf("memory of the kernel, at most:\n");
	bpf_object__for_each_map(map, obj) {
		printf("  %-24s %12llu bytes\n", bpf_map__name(map), map_bytes(map));
		sum += map_bytes(map);
	}
	printf("  %-24s %12llu bytes\n", "in all", sum);
}

void print_check(const struct tracer *t, const struct kernel *k)
{
	print_counts(stdout, "binary      the one this tracer was built for: ", t);
	printf("kernel      %s, %s\n", k->multi ? "uprobe_multi links" : "perf events",
	       k->sleepable ? "programs may fault pages in" : "resident pages only");
	printf("privileges  suffice\n");
	printf("nothing was loaded or attached\n");
}
