// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print an interface: its dynamic type, and as much of its value as that type tells. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "iface.h"

#define NAMES_CACHED 64
/* As in go_value.bpf.h. */
#define GO_MAX_TEXT (1 << 20)

#define TFLAG_EXTRA_STAR 2
#define KIND_MASK 31

/* reflect.Kind */
enum {
	KIND_BOOL = 1,
	KIND_INT = 2,
	KIND_INT64 = 6,
	KIND_UINT = 7,
	KIND_UINTPTR = 12,
	KIND_FLOAT32 = 13,
	KIND_FLOAT64 = 14,
	KIND_CHAN = 18,
	KIND_FUNC = 19,
	KIND_MAP = 21,
	KIND_POINTER = 22,
	KIND_STRING = 24,
	KIND_UNSAFE_POINTER = 26,
};

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

static void type_name(const struct abi_type *type, char *name)
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

static __u64 word(const char *at)
{
	__u64 v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* The string whose words are at head, if the programs took it for one. */
static void take_text(struct text *t, const char *head, struct piece_reader *pieces)
{
	const struct piece *piece;

	memset(t, 0, sizeof(*t));
	t->bytes = "";
	t->whole = word(head + 8);
	if (!t->whole || t->whole > GO_MAX_TEXT)
		return;
	piece = next_piece(pieces);
	if (!piece || piece->unread) {
		t->whole = 0;
		t->bytes = NULL;
		return;
	}
	t->bytes = (const char *)(piece + 1);
	t->len = piece->len;
}

/* Take what go_follow_iface() appended; false if not even the type could be read. */
static bool take_iface(struct iface *v, const char *value, bool follows,
		       struct piece_reader *pieces)
{
	const struct piece *piece = next_piece(pieces);

	memset(v, 0, sizeof(*v));
	if (!piece || piece->unread || piece->len < sizeof(*v->type))
		return false;
	v->type = (const void *)(piece + 1);
	v->data = word(value + 8);
	type_name(v->type, v->name);
	if (!follows)
		return true;
	piece = next_piece(pieces);
	if (piece && !piece->unread) {
		v->head = (const char *)(piece + 1);
		take_text(&v->text, v->head, pieces);
	}
	return true;
}

/* Tell two descriptors apart by what the programs compare, too. */
static bool is_type(const struct abi_type *type, const struct value_node *node)
{
	return !memcmp(&type->hash, &node->tag, sizeof(node->tag)) && type->str == node->str;
}

bool holds_type(struct out *o, const struct value_node *node, const char *value,
		struct piece_reader *pieces)
{
	char reason[3 * NAME_MAX_LEN];
	struct iface v;

	if (!word(value)) {
		out_unread(o, node->reason);
		return false;
	}
	if (!take_iface(&v, value, false, pieces)) {
		out_unread(o, "its type could not be read");
		return false;
	}
	if (is_type(v.type, node))
		return true;
	/* The reason for nil says how the interface is written: "err is nil". */
	snprintf(reason, sizeof(reason), "%.*s %s, not %s", (int)strlen(node->reason) - 4,
		 node->reason, v.name[0] ? v.name : "a type made at run time", node->type);
	out_unread_text(o, reason);
	return false;
}

static void out_number(struct out *o, const struct iface *v, __u8 kind)
{
	__u64 raw = word(v->head);
	int shift = 64 - 8 * (int)v->type->size;

	if (kind == KIND_BOOL)
		out_str(o, raw & 1 ? "true" : "false");
	else if (kind <= KIND_INT64)
		out_signed(o, (__s64)(raw << shift) >> shift);
	else if (kind <= KIND_UINTPTR)
		out_unsigned(o, raw << shift >> shift);
	else
		out_float(o, v->head, v->type->size, o->json);
}

static void out_string(struct out *o, const char *s, __u64 len, __u64 whole)
{
	if (!o->json) {
		out_go_string(o, s, len);
		if (len < whole) {
			out_str(o, "...+");
			out_unsigned(o, whole - len);
		}
		return;
	}
	out_json_string(o, s, len);
	if (len < whole)
		note_truncated(o, whole);
}

/* The value, where the kind of its type alone says what it is; false where it does not. */
static bool out_simple(struct out *o, const struct iface *v)
{
	__u8 kind = v->type->kind & KIND_MASK;

	switch (kind) {
	case KIND_CHAN:
	case KIND_FUNC:
	case KIND_MAP:
	case KIND_POINTER:
	case KIND_UNSAFE_POINTER:
		if (o->json)
			out_char(o, '"');
		out_hex(o, v->data);
		if (o->json)
			out_char(o, '"');
		return true;
	case KIND_STRING:
		if (!v->head || !v->text.bytes || v->text.whole != word(v->head + 8))
			return false;
		out_string(o, v->text.bytes, v->text.len, v->text.whole);
		return true;
	}
	if (!v->head || kind < KIND_BOOL || kind > KIND_FLOAT64 || !v->type->size ||
	    v->type->size > 8)
		return false;
	out_number(o, v, kind);
	return true;
}

static void out_name(struct out *o, const struct iface *v)
{
	if (o->json && v->name[0])
		out_json_string(o, v->name, strlen(v->name));
	else if (o->json)
		out_str(o, "null");
	else
		out_str(o, v->name[0] ? v->name : "<type made at run time>");
}

void out_iface(struct out *o, const struct value_node *node, const char *value,
	       struct piece_reader *pieces)
{
	struct iface v, cause = {};
	struct message m = {};
	size_t mark;

	if (!word(value)) {
		out_str(o, o->json ? "null" : "nil");
		return;
	}
	if (!take_iface(&v, value, node->limit, pieces)) {
		out_unread(o, "its type could not be read");
		return;
	}
	if (node->kind == VALUE_ERROR && v.head) {
		take_text(&v.more, v.head + 16, pieces);
		if (word(v.head + 32))
			take_iface(&cause, v.head + 32, true, pieces);
	}
	if (o->json)
		out_str(o, "{\"type\":");
	out_name(o, &v);
	if (add_error(&m, &v, &cause)) {
		out_str(o, o->json ? ",\"error\":" : "(");
		mark = path_push(o, ".", "error");
		out_string(o, m.text, m.len, m.whole);
	} else {
		out_str(o, o->json ? ",\"value\":" : "(");
		mark = path_push(o, ".", "value");
		if (!out_simple(o, &v))
			out_unread(o, "only its type is known");
	}
	path_pop(o, mark);
	out_char(o, o->json ? '}' : ')');
}
