// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print a value that refers to others, walking its tree as the programs did. */
#include <stdio.h>
#include <string.h>

#include "walk.h"

const char not_mapped[] = "its memory could not be read";
static const char cut_off[] = "it did not fit into the record";

static void out_node(struct out *o, const struct value_node *nodes, const struct value_node *node,
		     const char *object, struct piece_reader *pieces);

static __s64 load_signed(const char *at, __u32 size)
{
	__u64 v = load(at, size);
	int shift = 64 - 8 * size;

	return (__s64)(v << shift) >> shift;
}

const struct piece *next_piece(struct piece_reader *p)
{
	const struct piece *piece = (const void *)p->next;
	size_t left = p->end - p->next;
	const struct walk_item *item;

	if (p->walk) {
		item = next_item(p);
		return item ? item->piece : NULL;
	}
	if (left < sizeof(*piece) || left - sizeof(*piece) < piece->len) {
		p->next = p->end;
		return NULL;
	}
	left -= sizeof(*piece) + piece->len;
	p->next += sizeof(*piece) + piece->len;
	/* Padding, of which the last piece may have none. */
	p->next += left < -piece->len % 8 ? left : -piece->len % 8;
	return piece;
}

const char *why_missing(const struct piece *piece)
{
	return piece && piece->unread == PIECE_UNREAD ? not_mapped : cut_off;
}

void out_address(struct out *o, __u64 address)
{
	if (!address) {
		out_null(o);
		return;
	}
	if (o->json)
		out_char(o, '"');
	out_hex(o, address);
	if (o->json)
		out_char(o, '"');
}

static void out_struct(struct out *o, const struct value_node *nodes, const struct value_node *node,
		       const char *object, struct piece_reader *pieces)
{
	const struct value_node *field;
	size_t mark;
	__u32 i;

	out_char(o, '{');
	for (i = 0; i < node->cnt; i++) {
		field = &nodes[node->first + i];
		if (i)
			out_char(o, o->json ? ',' : ' ');
		if (o->json)
			out_char(o, '"');
		out_str(o, field->name);
		out_str(o, o->json ? "\":" : ":");
		mark = path_push(o, ".", field->name);
		out_node(o, nodes, field, object, pieces);
		path_pop(o, mark);
	}
	out_char(o, '}');
}

/* Elements that lie side by side, of len in all. */
static void out_elements(struct out *o, const struct value_node *nodes,
			 const struct value_node *node, const char *elements, __u64 cnt, __u64 len,
			 struct piece_reader *pieces)
{
	char index[24];
	size_t mark;
	__u64 i;

	out_char(o, '[');
	for (i = 0; i < cnt; i++) {
		if (i)
			out_char(o, o->json ? ',' : ' ');
		snprintf(index, sizeof(index), "[%llu]", (unsigned long long)i);
		mark = path_push(o, "", index);
		out_node(o, nodes, &nodes[node->first], elements + i * node->stride, pieces);
		path_pop(o, mark);
	}
	if (!o->json && cnt < len) {
		out_str(o, cnt ? " ...+" : "...+");
		out_unsigned(o, len - cnt);
	}
	out_char(o, ']');
	if (o->json && cnt < len)
		note_truncated(o, len);
}

static void out_slice(struct out *o, const struct value_node *nodes, const struct value_node *node,
		      const char *at, struct piece_reader *pieces)
{
	__u64 data = load(at, 8), len = load(at + 8, 8), cnt;
	struct piece_reader inner, *in = pieces;
	const struct piece *piece = NULL;

	if (len < node->start) {
		out_unread(o, node->reason);
		return;
	}
	if (!data) {
		out_null(o);
		return;
	}
	if (len > GO_MAX_LEN) {
		out_unread(o, "its length is none that Go allows");
		return;
	}
	len = meant_len(node, len);
	cnt = len < node->limit ? len : node->limit;
	if (cnt && node->stride) {
		piece = next_piece(pieces);
		if (!piece || piece->unread) {
			out_missing(o, piece);
			return;
		}
		if (piece->len / node->stride < cnt)
			cnt = piece->len / node->stride;
		in = inner_pieces(pieces, &inner);
	}
	out_elements(o, nodes, node, piece ? (const char *)(piece + 1) : "", cnt, len, in);
}

static void out_pointer(struct out *o, const struct value_node *nodes,
			const struct value_node *node, const char *at, struct piece_reader *pieces)
{
	struct piece_reader inner;
	const struct piece *piece;

	if (!load(at, 8)) {
		out_null(o);
		return;
	}
	piece = next_piece(pieces);
	if (piece && piece->unread == PIECE_DEEP) {
		out_address(o, load(at, 8));
		return;
	}
	if (!piece || piece->unread) {
		out_missing(o, piece);
		return;
	}
	/* A *big.Int is what its String method says. */
	if (!o->json && nodes[node->first].kind != VALUE_BIG)
		out_char(o, '&');
	out_node(o, nodes, &nodes[node->first], (const char *)(piece + 1),
		 inner_pieces(pieces, &inner));
}

/* On the way to what an expression means. */
static void out_via(struct out *o, const struct value_node *nodes, const struct value_node *node,
		    const char *at, struct piece_reader *pieces)
{
	bool indexed = node->size > sizeof(__u64);
	__u64 len = indexed ? load(at + 8, 8) : 0;
	const struct piece *piece;
	const char *bytes = pieces->given;

	if (indexed ? len <= node->start : !load(at, 8)) {
		out_unread(o, node->reason);
		return;
	}
	if (len > GO_MAX_LEN) {
		out_unread(o, "its length is none that Go allows");
		return;
	}
	pieces->given = NULL;
	if (!bytes) {
		piece = next_piece(pieces);
		if (!piece || piece->unread) {
			out_missing(o, piece);
			return;
		}
		bytes = (const char *)(piece + 1);
	}
	out_node(o, nodes, &nodes[node->first], bytes, pieces);
}

/* The len or cap of a map or chan, which a nil one has too. */
static void out_count(struct out *o, const char *at, struct piece_reader *pieces)
{
	const struct piece *piece;

	if (!load(at, 8)) {
		out_char(o, '0');
		return;
	}
	piece = next_piece(pieces);
	if (!piece || piece->unread)
		out_missing(o, piece);
	else
		out_unsigned(o, load((const char *)(piece + 1), 8));
}

/* A map is its length; a chan, what is in it and what fits. */
static void out_counts(struct out *o, const struct value_node *node, const char *at,
		       struct piece_reader *pieces)
{
	const struct piece *piece;
	const char *counts;

	if (!load(at, 8)) {
		out_null(o);
		return;
	}
	piece = next_piece(pieces);
	if (!piece || piece->unread) {
		out_missing(o, piece);
		return;
	}
	counts = (const char *)(piece + 1);
	if (!o->json)
		out_str(o, node->type);
	out_str(o, o->json ? "{\"len\":" : "(len ");
	out_unsigned(o, load(counts, 8));
	if (node->kind == VALUE_CHAN) {
		out_str(o, o->json ? ",\"cap\":" : ", cap ");
		out_unsigned(o, load(counts + 8, 8));
	}
	out_char(o, o->json ? '}' : ')');
}

static void out_node(struct out *o, const struct value_node *nodes, const struct value_node *node,
		     const char *object, struct piece_reader *pieces)
{
	const char *at = object + node->offset;
	__u64 cnt;

	switch (node->kind) {
	case VALUE_BOOL:
		out_str(o, *at ? "true" : "false");
		break;
	case VALUE_INT:
		out_signed(o, load_signed(at, node->size));
		break;
	case VALUE_UINT:
		out_unsigned(o, load(at, node->size));
		break;
	case VALUE_FLOAT:
		out_float(o, at, node->size, o->json);
		break;
	case VALUE_COMPLEX:
		out_complex(o, at, node->size / 2);
		break;
	case VALUE_DURATION:
		if (o->json)
			out_signed(o, load_signed(at, 8));
		else
			out_go_duration(o, load_signed(at, 8));
		break;
	case VALUE_TIME:
		out_go_time(o, load(at, 8), load_signed(at + 8, 8));
		break;
	case VALUE_FUNC:
		out_func(o, at, pieces);
		break;
	case VALUE_ADDRESS:
		out_address(o, load(at, 8));
		break;
	case VALUE_STRING:
	case VALUE_BYTES:
	case VALUE_HEX:
		out_text(o, node, at, pieces);
		break;
	case VALUE_BYTES_HERE:
	case VALUE_HEX_HERE:
	case VALUE_TEXT_HERE:
		out_bytes(o, node->kind, at, node->size);
		break;
	case VALUE_VIA:
		out_via(o, nodes, node, at, pieces);
		break;
	case VALUE_COUNT:
		out_count(o, at, pieces);
		break;
	case VALUE_ASSERTED:
		if (holds_type(o, node, at, pieces))
			out_node(o, nodes, &nodes[node->first], at, pieces);
		break;
	case VALUE_CONVERTED:
		out_converted(o, nodes, node, object);
		break;
	case VALUE_STRUCT:
		out_struct(o, nodes, node, at, pieces);
		break;
	case VALUE_ARRAY:
		cnt = node->stride ? node->size / node->stride : node->limit;
		out_elements(o, nodes, node, at, node->limit, cnt, pieces);
		break;
	case VALUE_SLICE:
		out_slice(o, nodes, node, at, pieces);
		break;
	case VALUE_POINTER:
		out_pointer(o, nodes, node, at, pieces);
		break;
	case VALUE_MAP:
	case VALUE_CHAN:
		out_counts(o, node, at, pieces);
		break;
	case VALUE_ANY:
	case VALUE_INTERFACE:
	case VALUE_ERROR:
		out_iface(o, node, at, pieces);
		break;
	case VALUE_UNREADABLE:
		out_unread(o, node->reason);
		break;
	default:
		out_special(o, nodes, node, at, pieces);
	}
}

void out_value(struct out *o, const struct value_node *nodes, const char *object,
	       struct piece_reader *pieces)
{
	out_node(o, nodes, nodes, object, pieces);
}

void show_value(struct out *o, const char *name, __u64 unread, const struct value_node *nodes,
		const void *bytes, struct piece_reader *pieces)
{
	size_t mark;

	if (!begin_value(o, name, unread, not_mapped))
		return;
	mark = path_push(o, "", name);
	out_node(o, nodes, nodes, bytes ? bytes : "", pieces);
	path_pop(o, mark);
}
