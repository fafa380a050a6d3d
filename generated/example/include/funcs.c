// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Print functions by their symbols: a func value is the address of a closure, which begins with
 * the address of its code (Go's runtime/runtime2.go, struct funcval).
 */
#include <stdlib.h>
#include <string.h>

#include "nodes.h"
#include "symbols.h"

/* Programs hand over few functions: each is looked up once, unless another takes its room. */
#define FUNCTIONS_CACHED 1024

struct function_name {
	__u64 entry;
	char *name; /* NULL: it is none of the binary's */
};

static struct function_name names[FUNCTIONS_CACHED];

/* The function whose code begins at an address as linked. */
static const char *name_of(__u64 entry)
{
	struct function_name *n = &names[entry * 0x9e3779b97f4a7c15ULL >> 54];
	struct symbol symbols[SYMBOLS_MAX];
	const struct symbol *outermost;
	int cnt;

	if (n->entry == entry)
		return n->name;
	free(n->name);
	n->name = NULL;
	n->entry = entry;
	cnt = find_symbols(entry, symbols);
	if (cnt) {
		outermost = &symbols[cnt - 1];
		if (outermost->entry == entry)
			n->name = strdup(outermost->function);
		free_symbols(symbols, cnt);
	}
	return n->name;
}

void out_func(struct out *o, const char *at, struct piece_reader *pieces)
{
	const struct piece *piece;
	const char *name = NULL;
	__u64 code;

	if (!load(at, 8)) {
		out_null(o);
		return;
	}
	piece = next_piece(pieces);
	if (!piece || piece->unread) {
		out_missing(o, piece);
		return;
	}
	code = load((const char *)(piece + 1), 8);
	if (o->located && code >= o->bias)
		name = name_of(code - o->bias);
	if (!name)
		out_address(o, code);
	else if (o->json)
		out_json_string(o, name, strlen(name));
	else
		out_str(o, name);
}
