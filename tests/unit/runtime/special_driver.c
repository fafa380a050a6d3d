// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Print values that have a text of their own: each line of standard input is a kind, the value's
 * bytes in hexadecimal, and its pieces, of which `unread` and `noroom` have no bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols.h"
#include "walk.h"

#define LINE_MAX_LEN 4096

static struct out out;

/* As plan/special.py makes them; a row's children follow it. */
static const struct value_node ip[] = { { .kind = VALUE_IP, .limit = 32 } };
static const struct value_node func[] = { { .kind = VALUE_FUNC } };
static const struct value_node big[] = {
	{ .kind = VALUE_BIG, .first = 1, .cnt = 1 },
	{ .kind = VALUE_SLICE, .offset = 8, .limit = 16, .stride = 8 },
};
static const struct value_node addr[] = {
	{ .kind = VALUE_ADDR, .first = 1, .cnt = 1 },
	{ .kind = VALUE_POINTER, .offset = 16, .first = 2, .cnt = 1 },
	{ .kind = VALUE_STRUCT, .first = 3, .cnt = 1 },
	{ .kind = VALUE_STRING, .offset = 8, .limit = 64 },
};
static const struct value_node port[] = {
	{ .kind = VALUE_ADDR_PORT, .first = 1, .cnt = 2 },
	{ .kind = VALUE_ADDR, .first = 3, .cnt = 2 },
	{ .kind = VALUE_UINT, .offset = 24, .size = 2 },
	{ .kind = VALUE_POINTER, .offset = 16, .first = 5, .cnt = 1 },
	{ .kind = VALUE_GLOBAL, .size = 8 },
	{ .kind = VALUE_POINTER, .offset = 8, .first = 6, .cnt = 1 },
	{ .kind = VALUE_STRING, .limit = 64 },
};
static const struct value_node no_symbol[] = {
	{ .kind = VALUE_ADDR, .first = 1, .cnt = 1 },
	{ .kind = VALUE_POINTER, .offset = 16, .first = 2, .cnt = 1, .reason = "the plan's" },
	{ .kind = VALUE_POINTER, .offset = 8, .first = 3, .cnt = 1 },
	{ .kind = VALUE_STRING, .limit = 64 },
};
static const struct {
	const char *name;
	const struct value_node *nodes;
} kinds[] = {
	{ "ip", ip },	  { "func", func }, { "big", big },
	{ "addr", addr }, { "port", port }, { "no_symbol", no_symbol },
};

/* What values of these kinds have no part in. */
const struct walk_item *next_item(struct piece_reader *p)
{
	(void)p;
	abort();
}

struct piece_reader *inner_pieces(struct piece_reader *p, struct piece_reader *inner)
{
	(void)inner;
	return p;
}

void out_text(struct out *o, const struct value_node *node, const char *at,
	      struct piece_reader *pieces)
{
	(void)o, (void)node, (void)at, (void)pieces;
	abort();
}

void out_bytes(struct out *o, enum value_kind kind, const char *bytes, __u32 n)
{
	(void)o, (void)kind, (void)bytes, (void)n;
	abort();
}

__u64 meant_len(const struct value_node *node, __u64 len)
{
	(void)node;
	return len;
}

void out_converted(struct out *o, const struct value_node *nodes, const struct value_node *node,
		   const char *object)
{
	(void)o, (void)nodes, (void)node, (void)object;
	abort();
}

void out_iface(struct out *o, const struct value_node *node, const char *value,
	       struct piece_reader *pieces)
{
	(void)o, (void)node, (void)value, (void)pieces;
	abort();
}

bool holds_type(struct out *o, const struct value_node *node, const char *value,
		struct piece_reader *pieces)
{
	(void)o, (void)node, (void)value, (void)pieces;
	abort();
}

void out_go_duration(struct out *o, __s64 ns)
{
	(void)o, (void)ns;
	abort();
}

void out_go_time(struct out *o, __u64 wall, __s64 ext)
{
	(void)o, (void)wall, (void)ext;
	abort();
}

int find_symbols(__u64 pc, struct symbol *symbols)
{
	(void)pc, (void)symbols;
	return 0;
}

void free_symbols(struct symbol *symbols, int cnt)
{
	(void)symbols, (void)cnt;
}

static size_t read_hex(const char *text, char *bytes)
{
	unsigned int byte;
	size_t n = 0;

	while (sscanf(text + 2 * n, "%2x", &byte) == 1)
		bytes[n++] = (char)byte;
	return n;
}

static char *add_piece(char *at, const char *text)
{
	struct piece piece = {};
	size_t n = 0;

	if (!strcmp(text, "unread"))
		piece.unread = PIECE_UNREAD;
	else if (!strcmp(text, "noroom"))
		piece.unread = PIECE_NO_ROOM;
	else
		n = read_hex(text, at + sizeof(piece));
	piece.len = n;
	memcpy(at, &piece, sizeof(piece));
	return at + sizeof(piece) + ((n + 7) & ~7UL);
}

static void run(char *line)
{
	static const char blanks[] = " \n";
	const char *kind = strtok(line, blanks), *text = strtok(NULL, blanks);
	struct piece_reader reader = {};
	char value[64] = {}, *room, *end;
	size_t i;

	read_hex(text, value);
	room = calloc(1, LINE_MAX_LEN);
	end = room;
	while ((text = strtok(NULL, blanks)))
		end = add_piece(end, text);
	reader.next = room;
	reader.end = end;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(kinds[i].name, kind))
			out_value(&out, kinds[i].nodes, value, &reader);
	}
	/* All that came along is somebody's, or what comes next would take it for its own. */
	out_str(&out, next_piece(&reader) ? " and more\n" : "\n");
	free(room);
}

int main(void)
{
	static const volatile bool exiting;
	char line[LINE_MAX_LEN];

	out_init(&out, STDOUT_FILENO, false, &exiting);
	while (fgets(line, sizeof(line), stdin))
		run(line);
	out_flush(&out);
	return out.err != 0;
}
