// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Print values as the String and MarshalText methods of their types do: package time's words, net's
 * addresses, UUIDs, math/big's numbers.
 */
#include <stdio.h>
#include <string.h>

#include "special.h"

/* Words of a number that travel. */
#define BIG_WORDS 16
/* Bytes of an address that travel, by far the most that one has. */
#define MAX_BYTES 32

/* Names of interfaces are the program's, and what terminals obey is not shown. */
void out_line(struct out *o, const struct line *l)
{
	size_t i;

	if (o->json) {
		out_json_string(o, l->text, l->len);
		return;
	}
	for (i = 0; i < l->len; i++)
		out_char(o,
			 (unsigned char)l->text[i] < ' ' || l->text[i] == 0x7f ? '?' : l->text[i]);
}

void add_str(struct line *l, const char *s)
{
	add_mem(l, s, strlen(s));
}

void add_mem(struct line *l, const char *s, size_t len)
{
	size_t left = sizeof(l->text) - l->len;

	if (len > left)
		len = left;
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

void add_number(struct line *l, const char *format, unsigned int v)
{
	char text[16];

	snprintf(text, sizeof(text), format, v);
	add_str(l, text);
}

void add_ipv4(struct line *l, const unsigned char *b)
{
	int i;

	for (i = 0; i < 4; i++)
		add_number(l, i ? ".%u" : "%u", b[i]);
}

bool is_ipv4_mapped(const unsigned char *b)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(b, prefix, sizeof(prefix));
}

/* RFC 5952: the first of the longest runs of zeros, if of two groups at least, is left out. */
void add_ipv6(struct line *l, const unsigned char *b)
{
	int i, from = -1, to = -1, run;

	for (i = 0; i < 8; i++) {
		for (run = i; run < 8 && !b[2 * run] && !b[2 * run + 1]; run++)
			;
		if (run - i >= 2 && run - i > to - from) {
			from = i;
			to = run;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == from) {
			add_str(l, "::");
			i = to;
			if (i == 8)
				break;
		} else if (i) {
			add_str(l, ":");
		}
		add_number(l, "%x", b[2 * i] << 8 | b[2 * i + 1]);
	}
}

static void add_hex(struct line *l, const unsigned char *b, size_t from, size_t to,
		    const char *separator)
{
	size_t i;

	for (i = from; i < to; i++) {
		if (i > from)
			add_str(l, separator);
		add_number(l, "%02x", b[i]);
	}
}

/* net.IP.String; its MarshalText has no word for what is none. */
static void out_ip(struct out *o, const unsigned char *b, size_t len)
{
	struct line l = {};

	if (!len && !o->json) {
		out_str(o, "<nil>");
		return;
	}
	if (len == 4) {
		add_ipv4(&l, b);
	} else if (len == 16 && is_ipv4_mapped(b)) {
		add_ipv4(&l, b + 12);
	} else if (len == 16) {
		add_ipv6(&l, b);
	} else if (len) {
		add_str(&l, "?");
		add_hex(&l, b, 0, len, "");
	}
	out_line(o, &l);
}

/* A slice of bytes with a text of its own. */
static void out_address_bytes(struct out *o, const struct value_node *node, const char *at,
			      struct piece_reader *pieces)
{
	__u64 data = load(at, 8), len = load(at + 8, 8);
	const unsigned char *bytes = NULL;
	const struct piece *piece;
	struct line l = {};
	size_t n = 0;

	if (len > GO_MAX_LEN) {
		out_unread(o, "its length is none that Go allows");
		return;
	}
	if (len) {
		piece = next_piece(pieces);
		if (!piece || piece->unread) {
			out_missing(o, piece);
			return;
		}
		bytes = (const unsigned char *)(piece + 1);
		n = piece->len;
	}
	if (n > MAX_BYTES)
		n = MAX_BYTES;
	if (node->kind == VALUE_IP) {
		out_ip(o, bytes, n);
	} else if (o->json && !data) {
		out_null(o);
	} else if (o->json) {
		out_base64(o, bytes, n);
	} else if (node->kind == VALUE_IP_MASK && !len) {
		out_str(o, "<nil>");
	} else {
		add_hex(&l, bytes, 0, n, node->kind == VALUE_MAC ? ":" : "");
		out_line(o, &l);
	}
	if (len <= n)
		return;
	if (o->json)
		note_truncated(o, len);
	else
		out_str(o, "...");
}

static void out_uuid(struct out *o, const unsigned char *b)
{
	static const int cuts[] = { 0, 4, 6, 8, 10, 16 };
	struct line l = {};
	int i;

	for (i = 0; i < 5; i++) {
		if (i)
			add_str(&l, "-");
		add_hex(&l, b, cuts[i], cuts[i + 1], "");
	}
	out_line(o, &l);
}

/* A number of package time that has a name; encoding/json writes the number. */
static void out_named(struct out *o, const char *at, __s64 first, const char *const *names, int cnt,
		      const char *type)
{
	__s64 v = (__s64)load(at, 8);

	if (o->json) {
		out_signed(o, v);
	} else if (v >= first && v - first < cnt) {
		out_str(o, names[v - first]);
	} else {
		out_str(o, type);
		out_unsigned(o, v);
		out_char(o, ')');
	}
}

/* Divide by 10^18 until nothing is left: each remainder is 18 digits. */
static void out_big(struct out *o, const struct value_node *abs, const char *at,
		    struct piece_reader *pieces)
{
	const __u64 unit = 1000000000000000000ULL;
	__u64 words[BIG_WORDS], parts[BIG_WORDS * 64 / 59 + 1], len = load(at + abs->offset + 8, 8);
	const struct piece *piece;
	unsigned __int128 rest;
	char text[24];
	size_t i, n = 0;

	if (!len) {
		out_char(o, '0');
		return;
	}
	if (len > GO_MAX_LEN) {
		out_unread(o, "its length is none that Go allows");
		return;
	}
	piece = next_piece(pieces);
	if (!piece || piece->unread) {
		out_missing(o, piece);
		return;
	}
	if (len > BIG_WORDS || piece->len < len * sizeof(*words)) {
		out_unread(o, "a number of more than 1024 bits");
		return;
	}
	memcpy(words, piece + 1, len * sizeof(*words));
	while (len && n < sizeof(parts) / sizeof(*parts)) {
		rest = 0;
		for (i = len; i--;) {
			rest = rest << 64 | words[i];
			words[i] = (__u64)(rest / unit);
			rest %= unit;
		}
		parts[n++] = (__u64)rest;
		while (len && !words[len - 1])
			len--;
	}
	if (*at)
		out_char(o, '-');
	out_unsigned(o, n ? parts[n - 1] : 0);
	while (n-- > 1) {
		snprintf(text, sizeof(text), "%018llu", (unsigned long long)parts[n - 1]);
		out_str(o, text);
	}
}

void out_special(struct out *o, const struct value_node *nodes, const struct value_node *node,
		 const char *at, struct piece_reader *pieces)
{
	static const char *const months[] = { "January",   "February", "March",	   "April",
					      "May",	   "June",     "July",	   "August",
					      "September", "October",  "November", "December" };
	static const char *const days[] = { "Sunday",	"Monday", "Tuesday", "Wednesday",
					    "Thursday", "Friday", "Saturday" };

	switch (node->kind) {
	case VALUE_IP:
	case VALUE_IP_MASK:
	case VALUE_MAC:
		out_address_bytes(o, node, at, pieces);
		break;
	case VALUE_UUID:
		out_uuid(o, (const unsigned char *)at);
		break;
	case VALUE_MONTH:
		out_named(o, at, 1, months, 12, "%!Month(");
		break;
	case VALUE_WEEKDAY:
		out_named(o, at, 0, days, 7, "%!Weekday(");
		break;
	case VALUE_BIG:
		out_big(o, &nodes[node->first], at, pieces);
		break;
	default:
		out_netip(o, nodes, node, at, pieces);
	}
}
