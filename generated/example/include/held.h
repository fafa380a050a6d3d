/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What is known of the types that interfaces may hold. Which of them an interface does hold only
 * the running program knows: the programs follow these tables, and the loader follows them in
 * the same order.
 */
#ifndef __HELD_H
#define __HELD_H

/* vmlinux.h stands for it on the kernel side. */
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* How a part of a value refers to more. */
enum ref_op {
	REF_TEXT, /* a string or []byte */
	REF_ANY, /* an interface without methods: its first word is the type */
	REF_IFACE,
	REF_CAUSE, /* an error in an error, whose text is part of the other's: however deep */
	REF_OBJECT, /* a pointer, map or chan: one row */
	REF_ELEMENTS, /* a slice of rows */
};

struct type_ref {
	__u16 offset; /* in the value */
	__u16 op;
	__u16 row; /* what is there, of REF_OBJECT and REF_ELEMENTS */
	__u16 limit; /* elements; of REF_OBJECT, whether it is read however deep: a map's length */
};

/* A type: its references are type_refs[first], ... */
struct type_row {
	__u16 size;
	__u16 first;
	__u16 cnt;
	__u16 pad;
};

/* The first row is a string: what any type of that kind is. */
#define ROW_TEXT 0

/* What tells a type's descriptor from all others of a program. */
struct type_key {
	__u64 tag; /* hash, flags, alignments, kind */
	__s32 str; /* where its name is */
	__u32 pad;
};

/* reflect.Kind, in five bits of a descriptor's byte */
#define GO_KIND_MASK 31
#define GO_KIND_BOOL 1
#define GO_KIND_COMPLEX128 16
#define GO_KIND_STRING 24

/* Values with references that one interface leads to, and references of one of them. */
#define OBJECT_MAX 12
#define REFS_MAX 16

/* Two pieces of a walk have no bytes: what could not be read, and what was one too many. */
#define PIECE_UNREAD 1
#define PIECE_NO_ROOM 2

#endif /* __HELD_H */
