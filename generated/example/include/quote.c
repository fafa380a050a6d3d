// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Quote strings: every byte that comes from the traced program passes through here. */
#include <stdio.h>

#include "out.h"

/*
 * Length of the UTF-8 sequence at s, 0 when it is not valid. As Go's utf8.DecodeRune: no
 * overlong forms, no surrogates, nothing above U+10FFFF.
 */
static int utf8_len(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	int n, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if ((size_t)n > len)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Copy the longest run that needs no quoting; the length of that run. */
static size_t out_plain(struct out *o, const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_plain(s[n]))
		n++;
	out_mem(o, s, n);
	return n;
}

static bool out_short_escape(struct out *o, char c)
{
	switch (c) {
	case '"':
		out_str(o, "\\\"");
		return true;
	case '\\':
		out_str(o, "\\\\");
		return true;
	case '\n':
		out_str(o, "\\n");
		return true;
	case '\r':
		out_str(o, "\\r");
		return true;
	case '\t':
		out_str(o, "\\t");
		return true;
	default:
		return false;
	}
}

void out_json_string(struct out *o, const char *s, size_t len)
{
	char escape[8];
	size_t i = 0;
	int n;

	out_char(o, '"');
	while (i < len) {
		i += out_plain(o, s + i, len - i);
		if (i == len)
			break;
		n = utf8_len((const unsigned char *)s + i, len - i);
		if (n == 0) {
			out_str(o, "\\ufffd");
			i++;
			continue;
		}
		if (n > 1) {
			out_mem(o, s + i, n);
		} else if (!out_short_escape(o, s[i])) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)s[i]);
			out_str(o, escape);
		}
		i += n;
	}
	out_char(o, '"');
}

static __u32 decode(const unsigned char *s, int n)
{
	__u32 c = n == 1 ? s[0] : s[0] & (0x7f >> n);
	int i;

	for (i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

/* Control characters, and those that hide text or turn its direction: a terminal obeys them. */
static bool is_obeyed(__u32 c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/* Escape the n bytes of one character, as strconv.Quote would; n is 0 for a byte of none. */
static void out_go_escape(struct out *o, const unsigned char *s, int n)
{
	__u32 c = n ? decode(s, n) : s[0];
	char escape[12];

	if (n == 1 && out_short_escape(o, s[0]))
		return;
	if (n <= 1)
		snprintf(escape, sizeof(escape), "\\x%02x", c);
	else
		snprintf(escape, sizeof(escape), c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	out_str(o, escape);
}

void out_go_string(struct out *o, const char *s, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)s;
	size_t i = 0;
	int n;

	out_char(o, '"');
	while (i < len) {
		i += out_plain(o, s + i, len - i);
		if (i == len)
			break;
		n = utf8_len(bytes + i, len - i);
		if (n > 1 && !is_obeyed(decode(bytes + i, n)))
			out_mem(o, s + i, n);
		else
			out_go_escape(o, bytes + i, n);
		i += n ? n : 1;
	}
	out_char(o, '"');
}

void out_base64(struct out *o, const unsigned char *s, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int v;
	char quad[4];
	size_t i;

	out_char(o, '"');
	for (i = 0; i < len; i += 3) {
		v = s[i] << 16;
		if (i + 1 < len)
			v |= s[i + 1] << 8;
		if (i + 2 < len)
			v |= s[i + 2];
		quad[0] = digits[v >> 18];
		quad[1] = digits[v >> 12 & 63];
		quad[2] = i + 1 < len ? digits[v >> 6 & 63] : '=';
		quad[3] = i + 2 < len ? digits[v & 63] : '=';
		out_mem(o, quad, sizeof(quad));
	}
	out_char(o, '"');
}
