/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the programs followed of an interface (go_held.bpf.h), and what is known of such types. */
#ifndef __WALK_H
#define __WALK_H

#include "held.h"
#include "nodes.h"

#define NAME_MAX_LEN 240
#define NO_OFFSET 0xffff
/* A piece that never came: its pointer is as far as the limits allow to follow. */
#define PIECE_DEEP 3

/* abi.Type, as far as every version of Go since 1.18 agrees on it. */
struct abi_type {
	__u64 size;
	__u64 ptr_bytes;
	__u32 hash;
	__u8 tflag;
	__u8 align;
	__u8 field_align;
	__u8 kind;
	__u64 equal;
	__u64 gc_data;
	__s32 str;
	__s32 ptr_to_this;
};

/* How the text of a value is made; offset is where in the value what it is made of is. */
enum say_op {
	SAY_BOUNDS, /* runtime.boundsError, in the words of Go 1.20 and later */
	SAY_ERRNO, /* syscall.Errno, of which there are fewer than size; text is the word for 116 */
	SAY_ERROR, /* the text of the error, or the String() of what else an interface holds */
	SAY_EXIT, /* how a process ended: its wait status is at other in what is pointed to */
	SAY_INT, /* a number of size bytes */
	SAY_JOIN, /* the texts of a slice of errors, a line each */
	SAY_OLD_BOUNDS,
	SAY_PADDED, /* a number, three digits at least */
	SAY_PLAIN, /* quoted, of characters that need no escape but a backslash */
	SAY_QUOTED, /* as strconv.Quote writes it */
	SAY_RUNE, /* %#U of a byte */
	SAY_SELF, /* the value is an abi.Type: its name */
	SAY_SOCKADDR, /* net.TCPAddr, net.UDPAddr */
	SAY_STRING,
	SAY_TEXT, /* text, as it is */
	SAY_TYPE, /* the name of the type that is pointed to, which is not the one at other */
	SAY_UINT,

	SAY_SKIP, /* from here on conditions: leave the next size parts out */
	SAY_UNLESS, /* leave the next size parts out where there is nothing: eight zero bytes */
	SAY_UNLESS_IS, /* likewise, where the error there does not say text */
	SAY_UNLESS_SAME, /* likewise, where the number is not the one at other */
};

struct say {
	enum say_op op;
	const char *text;
	__u16 offset;
	__u16 size;
	__u16 other;
};

/* A type that interfaces may hold; a pointer's row is that of what it points to. */
struct held_type {
	__u64 tag;
	__s32 str;
	__u32 row;
	const struct say *says; /* its text; NULL: its value is shown */
	__u32 say_cnt;
	__u32 wraps; /* where the error, or slice of errors, is that it wraps; or NO_OFFSET */
	const struct value_node *nodes;
};

struct held_types {
	const struct type_row *rows;
	const struct type_ref *refs;
	const struct held_type *types; /* by tag */
	__u32 cnt;
};

/* walk.c: what the tracer knows of types; without it, no interface is followed */
void set_held_types(const struct held_types *types);
/* walk.c: tell the programs, too; returns 0 or a negative errno */
int fill_held_types(int map_fd);

/* A reference that the programs followed, or left where it was. */
struct walk_item {
	__u64 words[2];
	__u16 op;
	__u16 depth;
	__u16 row;
	__u16 limit;
	const struct piece *piece; /* what it leads to; of an interface, the type; NULL: nothing */
	const struct abi_type *type;
	const struct held_type *held;
	const char *object; /* the value; NULL when it was not followed */
	bool no_room;
	bool unread;
	__u32 size; /* bytes of the value that are there */
	__u32 elems;
	__u32 first; /* what it refers to is items[first], ... */
	__u32 cnt;
};

struct walk {
	struct walk_item items[1 + OBJECT_MAX * REFS_MAX];
	__u32 cnt;
	__u32 objects;
};

/* walk.c: take what go_follow_iface() appended */
void take_walk(struct walk *w, const struct value_node *node, const char *value,
	       struct piece_reader *pieces);
/* The next reference of a value that led anywhere; NULL when there is none. */
const struct walk_item *next_item(struct piece_reader *p);
/* What is referred to at an offset of an item's value, or of its row'th element. */
const struct walk_item *item_at(const struct walk *w, const struct walk_item *item, __u32 offset);

/* iface.c: a type's name; empty when it has none in the binary */
void type_name(const struct abi_type *type, char *name);

#define MESSAGE_MAX 1024

/* A text in the making, and how long it is in all; what did not travel is not in it. */
struct message {
	char text[MESSAGE_MAX];
	size_t len;
	__u64 whole;
	char why[NAME_MAX_LEN + 64]; /* nothing tells it, and why */
};

/* message.c: add some bytes, a string, a number */
void message_add(struct message *m, const char *s, size_t len);
void message_str(struct message *m, const char *s);
void message_number(struct message *m, const char *format, __u64 v);
/* message.c: runtime.boundsError, in the words of Go before 1.20 or those since then */
bool add_bounds(struct message *m, const struct walk_item *item, bool old);

/* errnos.c: NULL for what is no error's number */
const char *errno_words(__u64 number);

/* errors.c: add what a value says of itself; false when that is not known. */
bool add_said(struct message *m, const struct walk *w, const struct walk_item *item);

#endif /* __WALK_H */
