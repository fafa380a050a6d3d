// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Say what an error says, along the parts that its Error() is made of: stored texts, numbers and
 * other errors, in a fixed order. What is not there ends the text, or leaves none; nothing is
 * ever made up.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "special.h"
#include "walk.h"

static const char quoted_cut[] = "a quoted part of it is longer than what came along";
static const char not_ascii[] = "a quoted part of it is not ASCII";
static const char nothing_there[] = "a part of it could not be read";

static bool unknown(struct message *m, const char *why)
{
	snprintf(m->why, sizeof(m->why), "%s", why);
	return false;
}

static void add_line(struct message *m, const struct line *l)
{
	message_add(m, l->text, l->len);
}

static void add_errno(struct message *m, const struct say *say, __u64 number)
{
	const char *words = number < say->size ? errno_words(number) : NULL;

	if (number == ESTALE)
		words = say->text;
	if (words)
		message_str(m, words);
	else
		message_number(m, "errno %llu", number);
}

/*
 * The bytes of a string or slice of bytes, of which some or all may not have come along; NULL
 * when they could not be read.
 */
static const char *bytes_at(const struct walk *w, const struct walk_item *item, __u32 offset,
			    __u32 *len, __u64 *whole)
{
	const struct walk_item *text = item_at(w, item, offset);

	*whole = item->size >= offset + 16 ? load(item->object + offset + 8, 8) : 0;
	*len = 0;
	if (!*whole)
		return "";
	if (!text || text->unread)
		return NULL;
	*len = text->size;
	return text->object ? text->object : "";
}

static bool add_string(struct message *m, const struct walk *w, const struct walk_item *item,
		       __u32 offset)
{
	const char *bytes;
	__u64 whole;
	__u32 len;

	bytes = bytes_at(w, item, offset, &len, &whole);
	if (!bytes)
		return unknown(m, nothing_there);
	message_add(m, bytes, len);
	m->whole += whole - len;
	return true;
}

static bool add_quoted(struct message *m, const struct walk *w, const struct walk_item *item,
		       __u32 offset, bool plain)
{
	static const char escapes[] = "abtnvfr";
	const char *bytes;
	char one[8] = "\\";
	__u32 len, i;
	__u64 whole;

	bytes = bytes_at(w, item, offset, &len, &whole);
	if (!bytes)
		return unknown(m, nothing_there);
	if (len < whole)
		return unknown(m, quoted_cut);
	message_str(m, "\"");
	for (i = 0; i < len; i++) {
		if (bytes[i] & 0x80)
			return unknown(m, not_ascii);
		if (bytes[i] == '"' || bytes[i] == '\\') {
			one[1] = bytes[i];
			message_add(m, one, 2);
		} else if (bytes[i] >= ' ' && bytes[i] != 0x7f) {
			message_add(m, &bytes[i], 1);
		} else if (plain) {
			return unknown(m, "a quoted part of it has control characters");
		} else if (bytes[i] >= '\a' && bytes[i] <= '\r') {
			one[1] = escapes[bytes[i] - '\a'];
			message_add(m, one, 2);
		} else {
			snprintf(one, sizeof(one), "\\x%02x", bytes[i]);
			message_str(m, one);
		}
	}
	message_str(m, "\"");
	return true;
}

static bool add_inner(struct message *m, const struct walk *w, const struct walk_item *inner)
{
	char name[NAME_MAX_LEN];

	if (!inner || inner->no_room)
		return unknown(m, "what it wraps did not fit into the record");
	if (!inner->words[0])
		return unknown(m, "it wraps nil");
	if (!inner->type || inner->unread)
		return unknown(m, nothing_there);
	if (inner->held && inner->held->says && inner->object)
		return add_said(m, w, inner);
	type_name(inner->type, name);
	snprintf(m->why, sizeof(m->why), "the text of the %s in it is not known", name);
	return false;
}

static bool add_joined(struct message *m, const struct walk *w, const struct walk_item *item,
		       __u32 offset)
{
	const struct walk_item *all = item_at(w, item, offset);
	__u32 i;

	if (!all || !all->object)
		return unknown(m, nothing_there);
	if (all->elems < all->words[1] || all->cnt < all->elems)
		return unknown(m, "it joins more errors than limits.slice");
	for (i = 0; i < all->cnt; i++) {
		if (i)
			message_str(m, "\n");
		if (!add_inner(m, w, &w->items[all->first + i]))
			return false;
	}
	return true;
}

/* net.TCPAddr.String: the address, with its zone, and the port. */
static bool add_sockaddr(struct message *m, const struct walk *w, const struct walk_item *item)
{
	__u32 len, zone_len;
	const char *ip, *zone;
	struct line l = {};
	__u64 whole;
	bool six;

	ip = bytes_at(w, item, 0, &len, &whole);
	if (!ip || len < whole)
		return unknown(m, nothing_there);
	zone = bytes_at(w, item, 32, &zone_len, &whole);
	if (!zone || zone_len < whole)
		return unknown(m, nothing_there);
	if (len && len != 4 && len != 16)
		return unknown(m, "an address in it is none of IP");
	six = len == 16 && !is_ipv4_mapped((const unsigned char *)ip);
	if (six || zone_len)
		add_mem(&l, "[", 1);
	if (six)
		add_ipv6(&l, (const unsigned char *)ip);
	else if (len)
		add_ipv4(&l, (const unsigned char *)ip + (len == 16 ? 12 : 0));
	if (zone_len) {
		add_mem(&l, "%", 1);
		add_mem(&l, zone, zone_len < 64 ? zone_len : 64);
	}
	if (six || zone_len)
		add_mem(&l, "]", 1);
	add_line(m, &l);
	message_number(m, ":%lld", load(item->object + 24, 8));
	return true;
}

/* os.ProcessState.String */
static bool add_exit(struct message *m, const struct walk *w, const struct walk_item *item,
		     const struct say *say)
{
	const struct walk_item *state = item_at(w, item, say->offset);
	__u32 status;

	if (!state || !state->object || state->size < say->other + 4u)
		return unknown(m, nothing_there);
	status = load(state->object + say->other, 4);
	if (!WIFEXITED(status))
		return unknown(m, "it is of a process that was killed");
	message_number(m, "exit status %lld", WEXITSTATUS(status));
	return true;
}

static bool add_type(struct message *m, const struct walk_item *type)
{
	char name[NAME_MAX_LEN];

	if (!type || !type->object || type->size < sizeof(struct abi_type))
		return unknown(m, nothing_there);
	type_name((const void *)type->object, name);
	if (!name[0])
		return unknown(m, "a type in it was made at run time");
	message_str(m, name);
	return true;
}

static bool add_type_at(struct message *m, const struct walk *w, const struct walk_item *item,
			const struct say *say)
{
	const struct walk_item *type = item_at(w, item, say->offset);
	const struct walk_item *other = item_at(w, item, say->other);
	struct message a = {}, b = {};

	if (say->other != say->offset) {
		if (!add_type(&a, type) || !add_type(&b, other))
			return unknown(m, nothing_there);
		if (a.len == b.len && !memcmp(a.text, b.text, a.len))
			return unknown(m, "it is about two types of one name");
	}
	return add_type(m, type);
}

static bool is_empty(const struct walk_item *item, const struct say *say)
{
	__u32 i, from = say->offset;

	for (i = from; i < from + 8 && i < item->size; i++) {
		if (item->object[i])
			return false;
	}
	return true;
}

static bool says(const struct walk *w, const struct walk_item *item, const struct say *say)
{
	struct message m = {};

	return add_inner(&m, w, item_at(w, item, say->offset)) && m.whole == m.len &&
	       m.len == strlen(say->text) && !memcmp(m.text, say->text, m.len);
}

static bool is_same(const struct walk_item *item, const struct say *say)
{
	return load(item->object + say->offset, 8) == load(item->object + say->other, 8);
}

static __s64 number(const struct walk_item *item, const struct say *say)
{
	int shift = 64 - 8 * say->size;

	return (__s64)(load(item->object + say->offset, say->size) << shift) >> shift;
}

static bool add_part(struct message *m, const struct walk *w, const struct walk_item *item,
		     const struct say *say)
{
	switch (say->op) {
	case SAY_TEXT:
		message_str(m, say->text);
		return true;
	case SAY_STRING:
		return add_string(m, w, item, say->offset);
	case SAY_QUOTED:
	case SAY_PLAIN:
		return add_quoted(m, w, item, say->offset, say->op == SAY_PLAIN);
	case SAY_ERROR:
		return add_inner(m, w, item_at(w, item, say->offset));
	case SAY_JOIN:
		return add_joined(m, w, item, say->offset);
	case SAY_ERRNO:
		add_errno(m, say, load(item->object, 8));
		return true;
	case SAY_INT:
		message_number(m, "%lld", number(item, say));
		return true;
	case SAY_PADDED:
		message_number(m, "%03lld", number(item, say));
		return true;
	case SAY_UINT:
		message_number(m, "%llu", load(item->object + say->offset, say->size));
		return true;
	case SAY_RUNE:
		if (item->object[0] < ' ' || item->object[0] == 0x7f)
			return unknown(m, "a character in it cannot be shown");
		message_number(m, "U+%04llX", item->object[0]);
		message_str(m, " '");
		message_add(m, item->object, 1);
		message_str(m, "'");
		return true;
	case SAY_TYPE:
		return add_type_at(m, w, item, say);
	case SAY_SELF:
		return add_type(m, item);
	case SAY_SOCKADDR:
		return add_sockaddr(m, w, item);
	case SAY_BOUNDS:
	case SAY_OLD_BOUNDS:
		return add_bounds(m, item, say->op == SAY_OLD_BOUNDS);
	case SAY_EXIT:
		return add_exit(m, w, item, say);
	default:
		return unknown(m, "a part of it is not known");
	}
}

/* How many of the parts behind a condition are left out; none behind what is no condition. */
static __u32 left_out(const struct walk *w, const struct walk_item *item, const struct say *say)
{
	bool holds;

	if (say->op == SAY_UNLESS)
		holds = !is_empty(item, say);
	else if (say->op == SAY_UNLESS_IS)
		holds = says(w, item, say);
	else if (say->op == SAY_UNLESS_SAME)
		holds = is_same(item, say);
	else
		holds = say->op != SAY_SKIP;
	return holds ? 0 : say->size;
}

bool add_said(struct message *m, const struct walk *w, const struct walk_item *item)
{
	const struct say *say;
	__u32 i;

	for (i = 0; i < item->held->say_cnt; i++) {
		say = &item->held->says[i];
		if (say->op < SAY_SKIP) {
			if (!add_part(m, w, item, say))
				return false;
		} else {
			i += left_out(w, item, say);
		}
	}
	return true;
}
