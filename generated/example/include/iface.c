// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print an interface: its dynamic type, and as much of its value as that type tells. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "walk.h"

#define NAMES_CACHED 64

#define TFLAG_EXTRA_STAR 2

/* reflect.Kind */
enum {
	KIND_INT64 = 6,
	KIND_UINTPTR = 12,
	KIND_FLOAT64 = 14,
	KIND_CHAN = 18,
	KIND_FUNC = 19,
	KIND_MAP = 21,
	KIND_POINTER = 22,
	KIND_UNSAFE_POINTER = 26,
};

static const char no_type[] = "its type could not be read";
static const struct piece unread_piece = { .unread = PIECE_UNREAD };

static int names_fd = -1;
static __u64 names_offset;

/* The file may be a stripped copy of the one the tracer was built from: addresses are the same. */
void set_type_names(int fd, __u64 address)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	int i;

	if (!address || pread(fd, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr))
		return;
	for (i = 0; i < ehdr.e_phnum; i++) {
		if (pread(fd, &phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr)) != sizeof(phdr))
			return;
		if (phdr.p_type == PT_LOAD && address >= phdr.p_vaddr &&
		    address - phdr.p_vaddr < phdr.p_filesz) {
			names_fd = fd;
			names_offset = address - phdr.p_vaddr + phdr.p_offset;
			return;
		}
	}
}

/* Read a type's name from the binary: flags, length as a varint, bytes. False if there is none. */
static bool read_name(const struct abi_type *type, char *name)
{
	unsigned char raw[NAME_MAX_LEN + 3];
	size_t len, at = 2, i;
	ssize_t n;

	if (names_fd < 0 || type->str <= 0)
		return false;
	n = pread(names_fd, raw, sizeof(raw), names_offset + type->str);
	if (n < 4)
		return false;
	len = raw[1] & 0x7f;
	if (raw[1] & 0x80)
		len |= (size_t)raw[at++] << 7;
	if (type->tflag & TFLAG_EXTRA_STAR && len && raw[at] == '*') {
		at++;
		len--;
	}
	if (!len || len >= NAME_MAX_LEN || at + len > (size_t)n)
		return false;
	for (i = 0; i < len; i++)
		name[i] = raw[at + i] >= ' ' && raw[at + i] != 0x7f ? raw[at + i] : '?';
	name[len] = '\0';
	return true;
}

void type_name(const struct abi_type *type, char *name)
{
	static struct {
		__s32 str;
		__u8 tflag;
		char name[NAME_MAX_LEN];
	} cache[NAMES_CACHED];
	__u32 slot = (__u32)type->str / 8 % NAMES_CACHED;

	if (!cache[slot].name[0] || cache[slot].str != type->str ||
	    cache[slot].tflag != type->tflag) {
		if (!read_name(type, cache[slot].name))
			cache[slot].name[0] = '\0';
		cache[slot].str = type->str;
		cache[slot].tflag = type->tflag;
	}
	strcpy(name, cache[slot].name);
}

/* The type that an interface holds, if it was read: what go_follow_type() appended. */
static const struct abi_type *next_type(struct piece_reader *pieces)
{
	const struct piece *piece = next_piece(pieces);

	if (!piece || piece->unread || piece->len < sizeof(struct abi_type))
		return NULL;
	return (const void *)(piece + 1);
}

/* Tell two descriptors apart by what the programs compare, too. */
static bool is_type(const struct abi_type *type, const struct value_node *node)
{
	return !memcmp(&type->hash, &node->tag, sizeof(node->tag)) && type->str == node->str;
}

static void out_type_name(struct out *o, const struct abi_type *type)
{
	char name[NAME_MAX_LEN];

	type_name(type, name);
	if (o->json && name[0])
		out_json_string(o, name, strlen(name));
	else if (o->json)
		out_str(o, "null");
	else
		out_str(o, name[0] ? name : "<type made at run time>");
}

bool holds_type(struct out *o, const struct value_node *node, const char *value,
		struct piece_reader *pieces)
{
	char name[NAME_MAX_LEN], reason[3 * NAME_MAX_LEN];
	const struct abi_type *type;

	if (!load(value, 8)) {
		out_unread(o, node->reason);
		return false;
	}
	type = next_type(pieces);
	if (!type) {
		out_unread(o, no_type);
		return false;
	}
	if (is_type(type, node))
		return true;
	type_name(type, name);
	/* The reason for nil says how the interface is written: "err is nil". */
	snprintf(reason, sizeof(reason), "%.*s %s, not %s", (int)strlen(node->reason) - 4,
		 node->reason, name[0] ? name : "a type made at run time", node->type);
	out_unread_text(o, reason);
	return false;
}

static void out_number(struct out *o, const struct walk_item *item, __u8 kind)
{
	__u32 size = item->size < 8 ? item->size : 8;
	__u64 raw = load(item->object, size);
	int shift = 64 - 8 * (int)size;

	if (kind == GO_KIND_BOOL)
		out_str(o, raw & 1 ? "true" : "false");
	else if (kind <= KIND_INT64)
		out_signed(o, (__s64)(raw << shift) >> shift);
	else if (kind <= KIND_UINTPTR)
		out_unsigned(o, raw);
	else if (kind <= KIND_FLOAT64)
		out_float(o, item->object, item->size, o->json);
	else
		out_complex(o, item->object, item->size / 2);
}

static void out_cut(struct out *o, const char *s, __u64 len, __u64 whole)
{
	if (o->json)
		out_json_string(o, s, len);
	else
		out_go_string(o, s, len);
	if (len >= whole)
		return;
	if (o->json) {
		note_truncated(o, whole);
		return;
	}
	out_str(o, "...+");
	out_unsigned(o, whole - len);
}

/* A string, of any type of that kind. */
static void out_string(struct out *o, const struct walk *w, const struct walk_item *item)
{
	const struct walk_item *text = item_at(w, item, 0);
	__u64 len = load(item->object + 8, 8);

	if (!len)
		out_cut(o, "", 0, 0);
	else if (text && text->object)
		out_cut(o, text->object, text->size, len);
	else
		out_missing(o, text ? text->piece : NULL);
}

static void out_pointer_word(struct out *o, __u64 v)
{
	if (!v) {
		out_null(o);
		return;
	}
	if (o->json)
		out_char(o, '"');
	out_hex(o, v);
	if (o->json)
		out_char(o, '"');
}

/* The value, as far as its type is known or its kind alone says what it is. */
static void out_held_value(struct out *o, const struct walk *w, const struct walk_item *item)
{
	__u8 kind = item->type->kind & GO_KIND_MASK;
	struct piece_reader inner = {
		.walk = w,
		.item = item->first,
		.item_end = item->first + item->cnt,
	};

	if (item->object && item->held && item->held->nodes) {
		if (!o->json && kind == KIND_POINTER)
			out_char(o, '&');
		out_value(o, item->held->nodes, item->object, &inner);
	} else if (item->object && kind == GO_KIND_STRING) {
		out_string(o, w, item);
	} else if (item->object && kind >= GO_KIND_BOOL && kind <= GO_KIND_COMPLEX128) {
		out_number(o, item, kind);
	} else if (item->no_room || item->unread) {
		out_missing(o, item->no_room ? NULL : &unread_piece);
	} else if (kind == KIND_CHAN || kind == KIND_FUNC || kind == KIND_MAP ||
		   kind == KIND_POINTER || kind == KIND_UNSAFE_POINTER) {
		out_pointer_word(o, item->words[1]);
	} else {
		out_unread(o, "only its type is known");
	}
}

static void out_held(struct out *o, const struct walk *w, const struct walk_item *item);

/* The errors that an error wraps, those that come along. */
static void out_wraps(struct out *o, const struct walk *w, const struct walk_item *item)
{
	const struct walk_item *at = item_at(w, item, item->held->wraps), *each;
	__u32 i, first, cnt, shown = 0;
	char index[24];
	size_t mark;

	if (!at || (at->op == REF_ELEMENTS ? !at->object : !at->words[0]))
		return;
	first = at->op == REF_ELEMENTS ? at->first : at - w->items;
	cnt = at->op == REF_ELEMENTS ? at->cnt : 1;
	for (i = 0; i < cnt; i++) {
		each = &w->items[first + i];
		if (!each->words[0] || !each->depth)
			continue;
		out_str(o, shown++ ? "," : ",\"wraps\":[");
		snprintf(index, sizeof(index), ".wraps[%u]", shown - 1);
		mark = path_push(o, "", index);
		out_held(o, w, each);
		path_pop(o, mark);
	}
	if (shown)
		out_char(o, ']');
}

/* What an interface holds that is not nil. */
static void out_held(struct out *o, const struct walk *w, const struct walk_item *item)
{
	struct message m = {};
	size_t mark;
	bool said;

	if (!item->type) {
		out_unread(o, item->no_room ? "it did not fit into the record" : no_type);
		return;
	}
	if (o->json)
		out_str(o, "{\"type\":");
	out_type_name(o, item->type);
	if (!item->held || !item->held->says || !item->object) {
		out_str(o, o->json ? ",\"value\":" : "(");
		mark = path_push(o, ".", "value");
		out_held_value(o, w, item);
		path_pop(o, mark);
		out_char(o, o->json ? '}' : ')');
		return;
	}
	out_str(o, o->json ? ",\"error\":" : "(");
	mark = path_push(o, ".", "error");
	said = add_said(&m, w, item);
	if (said)
		out_cut(o, m.text, m.len, m.whole);
	else
		out_unread_text(o, m.why);
	path_pop(o, mark);
	if (o->json && item->held->wraps != NO_OFFSET)
		out_wraps(o, w, item);
	out_char(o, o->json ? '}' : ')');
}

void out_iface(struct out *o, const struct value_node *node, const char *value,
	       struct piece_reader *pieces)
{
	const struct walk_item *item;
	struct walk w;

	if (!load(value, 8)) {
		out_null(o);
		return;
	}
	if (!pieces->walk) {
		take_walk(&w, node, value, pieces);
		out_held(o, &w, &w.items[0]);
		return;
	}
	item = next_item(pieces);
	if (item)
		out_held(o, pieces->walk, item);
	else
		out_missing(o, NULL);
}
