/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the programs read of an interface, and the text of the errors that are known. */
#ifndef __IFACE_H
#define __IFACE_H

#include "nodes.h"

#define TEXT_MAX 1024
#define NAME_MAX_LEN 240

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

/* A string that was read, or as much of it as came along; there may be none. */
struct text {
	const char *bytes;
	__u32 len;
	__u64 whole;
};

/* What the programs read of an interface. */
struct iface {
	const struct abi_type *type;
	char name[NAME_MAX_LEN];
	__u64 data;
	const char *head; /* the first words of the value */
	struct text text;
	struct text more;
};

/* An error's text, and how long it is in all; what did not travel is not in it. */
struct message {
	char text[TEXT_MAX];
	size_t len;
	__u64 whole;
};

/*
 * faults.c: what a fault that the runtime found says, in words of at most 128 bytes, and whether
 * the value's text follows them; false for any other type.
 */
bool tell_fault(const struct iface *v, char *words, size_t size, bool *then_text);

/* errors.c: add the text of an error whose Error() is known; false for any other type. */
bool add_error(struct message *m, const struct iface *v, const struct iface *cause);

#endif /* __IFACE_H */
