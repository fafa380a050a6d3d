// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Take what the programs followed of an interface: the same steps in the same order. */
#include <string.h>
#include <bpf/bpf.h>

#include "walk.h"

/* As in go_value.bpf.h. */
#define GO_MAX_TEXT (1 << 20)

static const struct held_types *known;

/* Stands for what was not read, where something is expected. */
static const struct piece too_deep = { .unread = PIECE_DEEP };
static const struct piece no_room = { .unread = PIECE_NO_ROOM };

void set_held_types(const struct held_types *types)
{
	known = types;
}

int fill_held_types(int map_fd)
{
	struct type_key key = {};
	__u32 i;
	int err;

	for (i = 0; i < known->cnt; i++) {
		key.tag = known->types[i].tag;
		key.str = known->types[i].str;
		err = bpf_map_update_elem(map_fd, &key, &known->types[i].row, BPF_ANY);
		if (err)
			return err;
	}
	return 0;
}

static const struct held_type *find_held(const struct abi_type *type)
{
	__u32 low = 0, high = known->cnt, mid;
	__u64 tag;

	memcpy(&tag, &type->hash, sizeof(tag));
	while (low < high) {
		mid = (low + high) / 2;
		if (known->types[mid].tag < tag)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < known->cnt && known->types[low].tag == tag; low++) {
		if (known->types[low].str == type->str)
			return &known->types[low];
	}
	return NULL;
}

/* The value behind a piece; false when it is not there. */
static bool take_object(struct walk_item *item, const struct piece *piece)
{
	item->no_room = !piece || piece->unread == PIECE_NO_ROOM;
	item->unread = piece && piece->unread == PIECE_UNREAD;
	if (!piece || piece->unread)
		return false;
	item->object = (const char *)(piece + 1);
	item->size = piece->len;
	return true;
}

/* What was found in a value goes to the end of the list. */
static void push(struct walk *w, struct walk_item *item, __u32 row, __u32 elems, __u32 depth)
{
	const struct type_row *type = &known->rows[row];
	const struct type_ref *ref;
	struct walk_item *new;
	const char *at;
	__u32 i;

	item->row = row;
	item->elems = elems;
	item->first = w->cnt;
	if (!type->cnt || w->objects == OBJECT_MAX)
		return;
	w->objects++;
	for (i = 0; i < REFS_MAX && i < type->cnt * elems; i++) {
		ref = &known->refs[type->first + i % type->cnt];
		at = item->object + ref->offset + i / type->cnt * type->size;
		new = &w->items[w->cnt++];
		memset(new, 0, sizeof(*new));
		memcpy(&new->words[0], at, sizeof(new->words[0]));
		if (ref->op != REF_OBJECT)
			memcpy(&new->words[1], at + sizeof(__u64), sizeof(new->words[1]));
		new->op = ref->op;
		new->row = ref->row;
		new->limit = ref->limit;
		new->depth = depth;
	}
	item->cnt = w->cnt - item->first;
}

static void take_iface(struct walk *w, struct walk_item *item, __u32 depth,
		       struct piece_reader *pieces)
{
	__u8 kind;

	item->piece = next_piece(pieces);
	if (!item->piece)
		item->piece = &no_room;
	item->no_room = item->piece->unread == PIECE_NO_ROOM;
	if (item->piece->unread || item->piece->len < sizeof(*item->type))
		return;
	item->type = (const void *)(item->piece + 1);
	item->held = find_held(item->type);
	if ((!item->depth && item->op != REF_CAUSE) || !item->words[1])
		return;
	if (item->held && !known->rows[item->held->row].size) {
		item->object = "";
		return;
	}
	if (item->held) {
		if (take_object(item, next_piece(pieces)))
			push(w, item, item->held->row, 1, depth);
		return;
	}
	kind = item->type->kind & GO_KIND_MASK;
	if (kind == GO_KIND_STRING) {
		if (take_object(item, next_piece(pieces)))
			push(w, item, ROW_TEXT, 1, depth);
	} else if (kind >= GO_KIND_BOOL && kind <= GO_KIND_COMPLEX128) {
		take_object(item, next_piece(pieces));
	}
}

static bool leads_on(const struct walk_item *item)
{
	if (item->op == REF_TEXT || item->op == REF_ELEMENTS)
		return item->words[1] && item->words[1] <= GO_MAX_LEN;
	return item->words[0];
}

static void take_item(struct walk *w, struct walk_item *item, struct piece_reader *pieces)
{
	__u32 elems = 1, depth = item->depth ? item->depth - 1 : 0;
	__u64 len = item->words[1];

	if (!leads_on(item))
		return;
	switch (item->op) {
	case REF_TEXT:
		item->piece = len <= GO_MAX_TEXT ? next_piece(pieces) : &no_room;
		take_object(item, item->piece);
		return;
	case REF_OBJECT:
		item->piece = item->depth || item->limit ? next_piece(pieces) : &too_deep;
		break;
	case REF_ELEMENTS:
		elems = len < item->limit ? len : item->limit;
		depth = item->depth;
		item->piece = next_piece(pieces);
		break;
	default:
		take_iface(w, item, depth, pieces);
		return;
	}
	if (!item->piece)
		item->piece = &no_room;
	if (take_object(item, item->piece))
		push(w, item, item->row, elems, depth);
}

void take_walk(struct walk *w, const struct value_node *node, const char *value,
	       struct piece_reader *pieces)
{
	__u32 i;

	w->cnt = 1;
	w->objects = 0;
	memset(&w->items[0], 0, sizeof(w->items[0]));
	memcpy(w->items[0].words, value, sizeof(w->items[0].words));
	w->items[0].op = node->kind == VALUE_ANY ? REF_ANY : REF_IFACE;
	w->items[0].depth = node->depth;
	for (i = 0; i < w->cnt && i < node->steps; i++)
		take_item(w, &w->items[i], pieces);
	/* What was found last was not looked at any more. */
	for (; i < w->cnt; i++) {
		w->items[i].no_room = true;
		w->items[i].piece = leads_on(&w->items[i]) ? &no_room : NULL;
	}
}

const struct walk_item *next_item(struct piece_reader *p)
{
	const struct walk_item *item;

	while (p->item < p->item_end) {
		item = &p->walk->items[p->item++];
		if (item->piece)
			return item;
	}
	return NULL;
}

struct piece_reader *inner_pieces(struct piece_reader *p, struct piece_reader *inner)
{
	const struct walk_item *item;

	if (!p->walk)
		return p;
	item = &p->walk->items[p->item - 1];
	*inner = (struct piece_reader){
		.walk = p->walk,
		.item = item->first,
		.item_end = item->first + item->cnt,
	};
	return inner;
}

const struct walk_item *item_at(const struct walk *w, const struct walk_item *item, __u32 offset)
{
	const struct type_row *row = &known->rows[item->row];
	__u32 i;

	for (i = 0; i < item->cnt; i++) {
		if (known->refs[row->first + i % row->cnt].offset + i / row->cnt * row->size ==
		    offset)
			return &w->items[item->first + i];
	}
	return NULL;
}
