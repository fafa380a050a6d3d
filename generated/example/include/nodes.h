/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Values that refer to others: what they are made of, and the memory that came along. */
#ifndef __NODES_H
#define __NODES_H

#include <string.h>

#include "out.h"

/* No Go value is longer. */
#define GO_MAX_LEN (1ULL << 48)

enum value_kind {
	VALUE_ADDR, /* of net/netip */
	VALUE_ADDRESS, /* a pointer that is not followed */
	VALUE_ADDR_PORT,
	VALUE_ANY, /* an interface without methods: its first word is the type */
	VALUE_ARRAY,
	VALUE_ASSERTED, /* its child, if the interface holds a value of that type */
	VALUE_BIG,
	VALUE_BOOL,
	VALUE_BYTES,
	VALUE_BYTES_HERE, /* no reference: the bytes of an array */
	VALUE_CHAN,
	VALUE_COMPLEX,
	VALUE_CONVERTED, /* its child, as another type of number */
	VALUE_COUNT, /* len or cap of a map or chan */
	VALUE_DURATION,
	VALUE_ERROR,
	VALUE_FLOAT,
	VALUE_FUNC,
	VALUE_GLOBAL, /* a variable of the program, that another value is compared with */
	VALUE_HEX,
	VALUE_HEX_HERE,
	VALUE_INT,
	VALUE_INTERFACE,
	VALUE_IP,
	VALUE_IP_MASK,
	VALUE_MAC,
	VALUE_MAP,
	VALUE_MONTH,
	VALUE_POINTER,
	VALUE_PREFIX,
	VALUE_SLICE,
	VALUE_STRING,
	VALUE_STRUCT,
	VALUE_TEXT_HERE,
	VALUE_TIME,
	VALUE_UINT,
	VALUE_UNREADABLE,
	VALUE_UUID,
	VALUE_VIA, /* what a pointer leads to, or an element; reason says what it means if none */
	VALUE_WEEKDAY,
};

/* A value or a part of one. The programs read along the same tree, in the same order. */
struct value_node {
	enum value_kind kind;
	const char *name; /* of a field */
	const char *type;
	const char *reason; /* why it is unreadable, or may be */
	__u32 offset; /* in the object that holds it */
	__u32 size;
	__u32 limit; /* bytes of a string, elements of a slice or array */
	__u32 stride; /* bytes of one element */
	__u32 first; /* its children are nodes[first], ... */
	__u32 cnt;
	__u32 start, stop; /* of a string or slice, only these elements are meant; 0: to the end */
	enum value_kind to; /* of a converted number */
	__u64 tag; /* of the type that an interface has to hold; and its name's place */
	__s32 str;
	__u16 depth, steps; /* how far an interface is followed */
};

struct walk;

/* The pieces of a record that were not shown yet; or those of a value that an interface holds. */
struct piece_reader {
	const char *next;
	const char *end;
	const struct walk *walk;
	__u32 item, item_end;
	const char *shared; /* parts of an object that several values lead to; NULL if unread */
	const char *given; /* of them, the next value's */
};

/* The next piece; NULL when there is none left. Its bytes follow it. */
const struct piece *next_piece(struct piece_reader *p);

/* nodes.c: a whole value; bytes is where it lies in the record. */
void show_value(struct out *o, const char *name, __u64 unread, const struct value_node *nodes,
		const void *bytes, struct piece_reader *pieces);

/* nodes.c: a value of another table, which lies at object */
void out_value(struct out *o, const struct value_node *nodes, const char *object,
	       struct piece_reader *pieces);
/* nodes.c: why a value is unreadable when its memory is not there */
extern const char not_mapped[];
/* Why a piece has no bytes. */
const char *why_missing(const struct piece *piece);

/* An unsigned number of size bytes. */
static inline __u64 load(const char *at, __u32 size)
{
	__u64 v = 0;

	memcpy(&v, at, size);
	return v;
}

/* The piece that values share which begin at one pointer; without it, each has its own. */
static inline void take_shared(struct piece_reader *p, const void *pointer)
{
	const struct piece *piece = load(pointer, 8) ? next_piece(p) : NULL;

	p->shared = piece && !piece->unread ? (const char *)(piece + 1) : NULL;
}

static inline void use_shared(struct piece_reader *p, __u32 within)
{
	p->given = p->shared ? p->shared + within : NULL;
}

static inline void out_missing(struct out *o, const struct piece *piece)
{
	out_unread(o, why_missing(piece));
}

static inline void out_null(struct out *o)
{
	out_str(o, o->json ? "null" : "nil");
}

/* text.c: what is in a string or byte slice, or in an array of bytes */
__u64 meant_len(const struct value_node *node, __u64 len);
void out_bytes(struct out *o, enum value_kind kind, const char *bytes, __u32 n);
void out_text(struct out *o, const struct value_node *node, const char *at,
	      struct piece_reader *pieces);

/* convert.c: the number at an object, as the types of its node convert it */
void out_converted(struct out *o, const struct value_node *nodes, const struct value_node *node,
		   const char *object);

/* iface.c: an interface, by its dynamic type */
void out_iface(struct out *o, const struct value_node *node, const char *value,
	       struct piece_reader *pieces);
/* Whether an interface holds the type it has to; if not, that is said, and what it does hold. */
bool holds_type(struct out *o, const struct value_node *node, const char *value,
		struct piece_reader *pieces);
/* Where the names of types are: in this file, from the address of runtime.types on. */
void set_type_names(int fd, __u64 address);
/* walk.c: the pieces of what was reached last; all in one row, unless an interface holds it */
struct piece_reader *inner_pieces(struct piece_reader *p, struct piece_reader *inner);

/* special.c: as the methods of its type print it */
void out_special(struct out *o, const struct value_node *nodes, const struct value_node *node,
		 const char *at, struct piece_reader *pieces);

/* funcs.c: a function, by its symbol */
void out_func(struct out *o, const char *at, struct piece_reader *pieces);

/* nodes.c: an address, in hexadecimal */
void out_address(struct out *o, __u64 address);

/* gotime.c: as Go prints them */
void out_go_duration(struct out *o, __s64 ns);
void out_go_time(struct out *o, __u64 wall, __s64 ext);

#endif /* __NODES_H */
