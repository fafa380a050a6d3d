/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Follow what an interface holds, along the tables of types (held.h), breadth first: what is
 * reached goes to the end of a list, if it refers to more. The list lies behind the pieces in
 * the record, and does not travel; everything that lasts from one step to the next is in it, so
 * that to the verifier each step is like the one before.
 */
#ifndef __GO_HELD_BPF_H
#define __GO_HELD_BPF_H

/* A value that was reached, or several side by side, whose references are followed in turn. */
struct go_object {
	__u32 at; /* in the pieces */
	__u16 row;
	__u16 refs;
	__u32 depth; /* interfaces and pointers that may be followed from here */
};

struct go_walk {
	__u32 current; /* the object whose references are followed */
	__u32 ref; /* which of them is next */
	__u32 cnt; /* objects */
	__u32 left; /* bytes that may still come */
	__u32 text; /* the most bytes of a string */
	__u32 depth; /* of what is reached next */
	__u64 words[2]; /* the reference that is followed */
	struct type_ref how; /* and how it is meant */
	__u64 address; /* what it leads to */
	__u64 len;
	__u32 row; /* what that is, or its elements are */
	__u32 elems; /* how many there are: 0 when nothing is known of it */
	struct go_object objects[OBJECT_MAX];
};

/* How far an interface is followed, as one number; room and text are bytes. */
#define GO_HOW(op, depth, room, text) \
	((op) | (depth) << 8 | (__u64)(room) << 32 | (__u64)(text) << 48)

/* Types by their tags; the loader fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HELD_CNT);
	__type(key, struct type_key);
	__type(value, __u32);
} held SEC(".maps");

static __always_inline struct go_walk *go_walk_of(struct pieces *pieces, __u32 room)
{
	return (struct go_walk *)((char *)(pieces + 1) + room - sizeof(struct go_walk));
}

/* Append a piece of a walk; its header comes in any case, so that the loader can follow. */
static __always_inline char *go_walk_append(struct pieces *pieces, __u32 room, __u64 address,
					    __u64 len)
{
	struct go_walk *walk = go_walk_of(pieces, room);
	struct piece *piece;
	__u64 at;

	room -= sizeof(*walk);
	if (len <= GO_HELD_MAX && ((len + 7) & ~7ULL) <= walk->left) {
		walk->left -= (len + 7) & ~7ULL;
		return go_append(pieces, room, address, len, GO_HELD_MAX);
	}
	at = *(volatile __u64 *)&pieces->len;
	if (at > room - sizeof(*piece))
		return NULL;
	piece = (struct piece *)((char *)(pieces + 1) + at);
	piece->len = 0;
	piece->unread = PIECE_NO_ROOM;
	pieces->len = at + sizeof(*piece);
	return NULL;
}

/* Go on with what is at an address: an object, or elements that lie side by side. */
static __always_inline void go_walk_enter(struct go_walk *walk, __u64 address, __u32 row,
					  __u32 elems)
{
	if (row >= TYPE_ROW_CNT)
		return;
	walk->address = address;
	walk->len = type_rows[row].size * elems;
	walk->row = row;
	walk->elems = elems;
}

/* An interface: its type, and its value if that is known. */
static __reader void go_walk_iface(struct pieces *pieces, __u32 room)
{
	struct go_walk *walk = go_walk_of(pieces, room);
	struct type_key key = {};
	struct go_type_head *head;
	__u64 type = walk->words[0], data = walk->words[1];
	__u32 *row;
	__u8 kind;

	if (!type)
		return;
	if (walk->how.op != REF_ANY && go_read_value(&type, type + GO_ITAB_TYPE))
		type = 0;
	head = (void *)go_walk_append(pieces, room, type, sizeof(*head));
	if (!head || (!walk->depth && walk->how.op != REF_CAUSE) || !data)
		return;
	key.tag = head->words[2];
	key.str = head->words[5];
	row = bpf_map_lookup_elem(&held, &key);
	if (row) {
		go_walk_enter(walk, data, *row, 1);
		return;
	}
	kind = head->words[2] >> 56 & GO_KIND_MASK;
	if (kind == GO_KIND_STRING) {
		go_walk_enter(walk, data, ROW_TEXT, 1);
	} else if (kind >= GO_KIND_BOOL && kind <= GO_KIND_COMPLEX128) {
		walk->address = data;
		walk->len = head->words[0];
	}
}

/* Find what a reference leads to. */
static __always_inline void go_walk_follow(struct pieces *pieces, __u32 room, struct go_walk *walk)
{
	__u64 len = walk->words[1];

	switch (walk->how.op) {
	case REF_TEXT:
		if (!len || len > GO_MAX_TEXT)
			return;
		if (len > walk->text)
			len = walk->text;
		if (len > walk->left)
			len = walk->left & ~7U;
		walk->address = walk->words[0];
		/* Where none of it fits, a header without bytes says so: the loader expects one. */
		walk->len = len ? len : GO_HELD_MAX + 1;
		return;
	case REF_OBJECT:
		if (walk->words[0] && (walk->depth || walk->how.limit))
			go_walk_enter(walk, walk->words[0], walk->how.row, 1);
		return;
	case REF_ELEMENTS:
		if (!len || len > GO_MAX_LEN)
			return;
		if (len > walk->how.limit)
			len = walk->how.limit;
		go_walk_enter(walk, walk->words[0], walk->how.row, len);
		return;
	default:
		go_walk_iface(pieces, room);
	}
}

/* Append what a reference leads to; what refers to more goes to the end of the list. */
static __reader void go_walk_ref(struct pieces *pieces, __u32 room)
{
	struct go_walk *walk = go_walk_of(pieces, room);
	__u32 cnt, refs, row;
	struct go_object *new;
	const char *object;

	walk->len = 0;
	walk->elems = 0;
	go_walk_follow(pieces, room, walk);
	if (!walk->len)
		return;
	object = go_walk_append(pieces, room, walk->address, walk->len);
	cnt = *(volatile __u32 *)&walk->cnt;
	row = walk->row;
	if (!object || !walk->elems || cnt >= OBJECT_MAX || row >= TYPE_ROW_CNT)
		return;
	refs = type_rows[row].cnt * walk->elems;
	if (!refs)
		return;
	new = &walk->objects[cnt];
	new->at = object - (const char *)(pieces + 1);
	new->row = row;
	new->refs = refs < REFS_MAX ? refs : REFS_MAX;
	new->depth = walk->depth;
	if (walk->how.op != REF_ELEMENTS && new->depth)
		new->depth--;
	walk->cnt = cnt + 1;
}

/* Find the next reference, of the object whose turn it is; false when there is none. */
static __always_inline bool go_walk_next(struct pieces *pieces, __u32 room, struct go_walk *walk)
{
	__u32 current = *(volatile __u32 *)&walk->current, i = walk->ref, ref, offset;
	const struct go_object *object;
	const struct type_row *type;
	const __u64 *words;

	if (current >= OBJECT_MAX || current >= walk->cnt)
		return false;
	object = &walk->objects[current];
	walk->depth = object->depth;
	walk->ref = i + 1;
	if (walk->ref >= object->refs) {
		walk->ref = 0;
		walk->current = current + 1;
	}
	if (object->row >= TYPE_ROW_CNT)
		return false;
	type = &type_rows[object->row];
	ref = type->first + i % type->cnt;
	if (ref >= TYPE_REF_CNT)
		return false;
	walk->how = type_refs[ref];
	offset = walk->how.offset + i / type->cnt * type->size;
	if (offset > GO_HELD_MAX - sizeof(walk->words) ||
	    object->at > room - sizeof(*walk) - GO_HELD_MAX)
		return false;
	words = (const __u64 *)((const char *)(pieces + 1) + object->at + offset);
	walk->words[0] = words[0];
	walk->words[1] = words[1];
	return true;
}

/* What a step is given. */
struct go_walk_args {
	struct pieces *pieces;
	__u32 room;
};

/* Follow a reference: first the one that the walk began with. Returns 1 at the end. */
static long go_walk_step(__u32 turn, void *data)
{
	const struct go_walk_args *args = data;
	struct pieces *pieces = args->pieces;
	__u32 room = args->room;

	if (turn && !go_walk_next(pieces, room, go_walk_of(pieces, room)))
		return 1;
	go_walk_ref(pieces, room);
	return 0;
}

/*
 * An interface, and what it holds, as far as how says, in so many steps. The verifier follows the
 * function that bpf_loop() is given once or twice, not once for each step.
 */
static __reader void go_follow_iface(struct pieces *pieces, __u32 room, const char *value,
				     __u64 how, __u32 steps)
{
	const struct go_iface *iface = (const struct go_iface *)value;
	struct go_walk_args args = { .pieces = pieces, .room = room };
	struct go_walk *walk = go_walk_of(pieces, room);

	walk->current = 0;
	walk->ref = 0;
	walk->cnt = 0;
	walk->left = how >> 32 & 0xffff;
	walk->text = how >> 48;
	walk->depth = how >> 8 & 0xff;
	walk->words[0] = iface->tab;
	walk->words[1] = iface->data;
	walk->how.op = how & 0xff;
	bpf_loop(steps, go_walk_step, &args, 0);
}

#endif /* __GO_HELD_BPF_H */
