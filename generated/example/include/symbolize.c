// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Print stacks: their functions, inlined ones too, as runtime.Callers lists them (Go's
 * runtime/traceback.go, func tracebackPCs).
 */
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

/*
 * Programs call from few places, and each is looked up once. Any of a few slots will do, so that
 * two places do not drive each other out with every record.
 */
#define PLACES_CACHED 4096
#define SLOTS 8

struct place {
	__u64 address;
	int cnt;
	struct symbol *symbols; /* NULL: the slot is free */
};

static struct place places[PLACES_CACHED];

static struct place *slot_of(__u64 address)
{
	__u64 at = address * 0x9e3779b97f4a7c15ULL >> 52;
	struct place *p;
	int i;

	for (i = 0; i < SLOTS; i++) {
		p = &places[(at + i) % PLACES_CACHED];
		if (!p->symbols || p->address == address)
			return p;
	}
	p = &places[at];
	free_symbols(p->symbols, p->cnt);
	free(p->symbols);
	p->symbols = NULL;
	return p;
}

static const struct place *look_up(__u64 address)
{
	struct place *p = slot_of(address);
	struct symbol symbols[SYMBOLS_MAX];

	if (p->symbols)
		return p;
	p->address = address;
	p->cnt = find_symbols(address, symbols);
	p->symbols = calloc(p->cnt ? p->cnt : 1, sizeof(*symbols));
	if (p->symbols)
		memcpy(p->symbols, symbols, p->cnt * sizeof(*symbols));
	else
		free_symbols(symbols, p->cnt);
	return p;
}

/* Go shows a wrapper where it was to call a method and panicked instead. */
static bool panics(const char *function)
{
	return !strcmp(function, "runtime.gopanic") || !strcmp(function, "runtime.sigpanic") ||
	       !strcmp(function, "runtime.panicwrap");
}

void each_line(const struct call_stack *stack,
	       void (*line)(void *ctx, const struct stack_line *line), void *ctx)
{
	bool exact = true, panicked = false, innermost = true;
	const struct go_stack *frames = stack->frames;
	__u32 i, cnt = frames->cnt < GO_STACK_MAX ? frames->cnt : GO_STACK_MAX;
	struct stack_line l = {};
	const struct symbol *s;
	const struct place *p;
	int j;

	for (i = 0; i < cnt; i++) {
		l.address = frames->pcs[i] - stack->bias;
		/* A return address is behind the call, and may be another line's, or function's. */
		p = stack->located ? look_up(l.address - !exact) : NULL;
		exact = false;
		if (!p || !p->symbols || !p->cnt) {
			l.symbol = NULL;
			line(ctx, &l);
			innermost = false;
			continue;
		}
		for (j = 0; j < p->cnt; j++) {
			s = &p->symbols[j];
			if (innermost || !s->wrapper || panicked) {
				l.symbol = s;
				line(ctx, &l);
			}
			innermost = false;
			panicked = panics(s->function);
			/* The kernel called it: what it returns to is what failed. */
			exact = !strcmp(s->function, "runtime.sigpanic");
		}
	}
}

static void out_text_line(struct out *o, const struct stack_line *line)
{
	const struct symbol *s = line->symbol;

	out_str(o, "    ");
	if (!s) {
		out_hex(o, line->address);
		out_char(o, '\n');
		return;
	}
	out_str(o, s->function);
	if (!s->inlined) {
		out_char(o, '+');
		out_hex(o, line->address - s->entry);
	}
	out_char(o, ' ');
	out_str(o, s->file);
	out_char(o, ':');
	out_unsigned(o, s->line);
	out_str(o, s->inlined ? " (inlined)\n" : "\n");
}

static void out_json_line(struct out *o, const struct stack_line *line)
{
	const struct symbol *s = line->symbol;

	if (!s) {
		out_str(o, "{\"address\":\"");
		out_hex(o, line->address);
		out_str(o, "\"}");
		return;
	}
	out_str(o, "{\"function\":");
	out_json_string(o, s->function, strlen(s->function));
	if (s->inlined) {
		out_str(o, ",\"inlined\":true");
	} else {
		out_str(o, ",\"offset\":");
		out_unsigned(o, line->address - s->entry);
	}
	out_str(o, ",\"file\":");
	out_json_string(o, s->file, strlen(s->file));
	out_str(o, ",\"line\":");
	out_unsigned(o, s->line);
	out_char(o, '}');
}

struct printing {
	struct out *o;
	int cnt;
};

static void out_line(void *ctx, const struct stack_line *line)
{
	struct printing *p = ctx;

	if (!p->o->json) {
		out_text_line(p->o, line);
		return;
	}
	if (p->cnt++)
		out_char(p->o, ',');
	out_json_line(p->o, line);
}

void out_stack(struct out *o, const struct call_stack *stack)
{
	struct printing p = { .o = o };

	if (o->json)
		out_str(o, ",\"stack\":[");
	each_line(stack, out_line, &p);
	if (o->json)
		out_char(o, ']');
	if (stack->frames->cut)
		out_str(o, o->json ? ",\"stack_cut\":true" : "    ...\n");
}
