// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Count calls by stack, for flame graphs: one line for each stack in the end, its functions from
 * the outermost on with ';' between them, and the number of calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

#define BUCKETS 4096
/* A program has as many stacks as ways lead to the functions; this many take 9 MB. */
#define STACKS_MAX (1 << 14)

struct counted_stack {
	struct counted_stack *next;
	struct go_stack frames; /* addresses as linked where the bias is known */
	bool located;
	__u64 calls;
};

static struct counted_stack *buckets[BUCKETS];
static __u32 stack_cnt;
static __u64 other_calls; /* of stacks that there was no room for */

static __u64 hash_of(const struct go_stack *s)
{
	__u64 hash = s->cnt;
	__u32 i;

	for (i = 0; i < s->cnt; i++)
		hash = (hash ^ s->pcs[i]) * 0x9e3779b97f4a7c15ULL;
	return hash >> 52;
}

static bool same(const struct counted_stack *c, const struct go_stack *s, bool located)
{
	return c->located == located && c->frames.cnt == s->cnt && c->frames.cut == s->cut &&
	       !memcmp(c->frames.pcs, s->pcs, s->cnt * sizeof(*s->pcs));
}

void fold_stack(const struct call_stack *stack)
{
	struct counted_stack *c, **bucket;
	struct go_stack s;
	__u32 i;

	s.cut = stack->frames->cut;
	s.cnt = stack->frames->cnt < GO_STACK_MAX ? stack->frames->cnt : GO_STACK_MAX;
	for (i = 0; i < s.cnt; i++)
		s.pcs[i] = stack->frames->pcs[i] - (stack->located ? stack->bias : 0);
	bucket = &buckets[hash_of(&s)];
	for (c = *bucket; c; c = c->next) {
		if (same(c, &s, stack->located)) {
			c->calls++;
			return;
		}
	}
	c = stack_cnt < STACKS_MAX ? malloc(sizeof(*c)) : NULL;
	if (!c) {
		other_calls++;
		return;
	}
	stack_cnt++;
	c->frames = s;
	c->located = stack->located;
	c->calls = 1;
	c->next = *bucket;
	*bucket = c;
}

struct functions {
	char *names[GO_STACK_MAX * SYMBOLS_MAX + 1];
	int cnt;
	size_t len;
};

static void add_function(struct functions *f, const char *name)
{
	char *copy = strdup(name), *p;

	if (!copy)
		return;
	for (p = copy; *p; p++) {
		if (*p == ';') /* as in the name of an instance for a struct type */
			*p = ',';
	}
	f->names[f->cnt++] = copy;
	f->len += strlen(copy) + 1;
}

static void add_line(void *ctx, const struct stack_line *line)
{
	char address[32];

	snprintf(address, sizeof(address), "0x%llx", line->address);
	add_function(ctx, line->symbol ? line->symbol->function : address);
}

/* The outermost function first, which is the last one found. */
static char *fold(const struct counted_stack *c)
{
	struct call_stack stack = { .frames = &c->frames, .located = c->located };
	struct functions f = {};
	char *text, *at;

	each_line(&stack, add_line, &f);
	if (c->frames.cut)
		add_function(&f, "...");
	text = malloc(f.len + 1);
	at = text;
	while (f.cnt--) {
		if (text) {
			at = stpcpy(at, f.names[f.cnt]);
			*at++ = ';';
		}
		free(f.names[f.cnt]);
	}
	/* In the place of the last ';', if there is one. */
	if (text)
		at[at > text ? -1 : 0] = '\0';
	return text;
}

struct folded_line {
	char *text;
	__u64 calls;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct folded_line *)a)->text, ((const struct folded_line *)b)->text);
}

static void out_folded(struct out *o, const char *text, __u64 calls)
{
	out_str(o, text);
	out_char(o, ' ');
	out_unsigned(o, calls);
	out_char(o, '\n');
}

/* Stacks that differ by an instruction have the same functions: they are one line. */
void print_folded(struct out *o)
{
	struct folded_line *lines = calloc(stack_cnt + 1, sizeof(*lines));
	const struct counted_stack *c;
	__u32 i, cnt = 0;

	for (i = 0; lines && i < BUCKETS; i++) {
		for (c = buckets[i]; c; c = c->next) {
			lines[cnt].text = fold(c);
			lines[cnt].calls = c->calls;
			if (lines[cnt].text)
				cnt++;
			else
				other_calls += c->calls;
		}
	}
	if (cnt)
		qsort(lines, cnt, sizeof(*lines), by_text);
	for (i = 0; i < cnt; i++) {
		if (i + 1 < cnt && !strcmp(lines[i].text, lines[i + 1].text))
			lines[i + 1].calls += lines[i].calls;
		else
			out_folded(o, lines[i].text, lines[i].calls);
		free(lines[i].text);
	}
	if (other_calls)
		out_folded(o, "[other stacks]", other_calls);
	free(lines);
	out_flush(o);
}
