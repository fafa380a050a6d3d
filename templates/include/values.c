// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print one value: as Go's encoding/json would, or as a Go programmer would write it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

/* Where in the record the value is that is being printed: `o.Items[0].Price`. */
size_t path_push(struct out *o, const char *separator, const char *name)
{
	size_t mark = o->path_len, left = sizeof(o->path) - mark;
	int n = snprintf(o->path + mark, left, "%s%s", separator, name);

	o->path_len += n < 0 ? 0 : (size_t)n < left ? (size_t)n : left - 1;
	return mark;
}

void path_pop(struct out *o, size_t mark)
{
	o->path_len = mark;
	o->path[mark] = '\0';
}

static void add_note(struct out *o, const char *path, __u64 len, const char *reason)
{
	size_t size = strlen(path) + 1;
	struct note *n;

	if (o->note_cnt == OUT_NOTES_MAX || size > sizeof(o->note_paths) - o->note_paths_len)
		return;
	n = &o->notes[o->note_cnt++];
	n->section = o->section;
	n->path = memcpy(o->note_paths + o->note_paths_len, path, size);
	n->len = len;
	n->reason = reason;
	o->note_paths_len += size;
}

void note_truncated(struct out *o, __u64 len)
{
	add_note(o, o->path, len, NULL);
}

void out_unread(struct out *o, const char *reason)
{
	if (o->json) {
		out_str(o, "null");
		add_note(o, o->path, 0, reason);
	} else {
		out_str(o, "<unreadable: ");
		out_str(o, reason);
		out_char(o, '>');
	}
}

void out_unread_text(struct out *o, const char *reason)
{
	size_t size = strlen(reason) + 1;

	if (o->json && size <= sizeof(o->note_paths) - o->note_paths_len) {
		reason = memcpy(o->note_paths + o->note_paths_len, reason, size);
		o->note_paths_len += size;
	} else if (o->json) {
		reason = "the reason is too long";
	}
	out_unread(o, reason);
}

/* Write what stands before a value; false when there is no value to write. */
bool begin_value(struct out *o, const char *name, __u64 unread, const char *reason)
{
	size_t mark;

	if (o->value_cnt++)
		out_str(o, o->json ? "," : ", ");
	else if (!o->json && !strcmp(o->section, "results"))
		out_str(o, " = (");
	if (o->json) {
		/* Go identifiers, and expressions without strings, need no escape in JSON. */
		out_char(o, '"');
		out_str(o, name);
		out_str(o, "\":");
	} else if (name[0] != '~' || strpbrk(name, ".[")) {
		/* Unnamed results are ~r0, ~r1: nobody wrote that name. */
		out_str(o, name);
		out_char(o, '=');
	}
	if (!unread)
		return true;
	mark = path_push(o, "", name);
	out_unread(o, reason);
	path_pop(o, mark);
	return false;
}

static const char not_mapped[] = "its memory could not be read";

void show_unreadable(struct out *o, const char *name, const char *reason)
{
	begin_value(o, name, 1, reason);
}

void show_bool(struct out *o, const char *name, __u64 unread, bool v)
{
	if (begin_value(o, name, unread, not_mapped))
		out_str(o, v ? "true" : "false");
}

void show_int(struct out *o, const char *name, __u64 unread, __s64 v)
{
	if (begin_value(o, name, unread, not_mapped))
		out_signed(o, v);
}

void show_uint(struct out *o, const char *name, __u64 unread, __u64 v)
{
	if (begin_value(o, name, unread, not_mapped))
		out_unsigned(o, v);
}

void show_address(struct out *o, const char *name, __u64 unread, __u64 v)
{
	if (!begin_value(o, name, unread, not_mapped))
		return;
	if (!v) {
		out_str(o, o->json ? "null" : "nil");
		return;
	}
	if (o->json)
		out_char(o, '"');
	out_hex(o, v);
	if (o->json)
		out_char(o, '"');
}

static bool reads_back(const char *text, double v, bool single)
{
	return single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v;
}

/*
 * The shortest text that reads back as the same number, laid out as strconv's format 'g' does:
 * with an exponent below -4 and from 6 on.
 */
static void out_double(struct out *o, double v, bool single, bool quote_special)
{
	int decimals = 0, last = single ? 8 : 16, exponent;
	char text[40];

	if (isnan(v) || isinf(v)) {
		if (quote_special)
			out_char(o, '"');
		out_str(o, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
		if (quote_special)
			out_char(o, '"');
		return;
	}
	do {
		snprintf(text, sizeof(text), "%.*e", decimals, v);
	} while (!reads_back(text, v, single) && decimals++ < last);
	exponent = atoi(strchr(text, 'e') + 1);
	if (exponent >= -4 && exponent < 6)
		snprintf(text, sizeof(text), "%.*f", decimals > exponent ? decimals - exponent : 0,
			 v);
	out_str(o, text);
}

/* The number whose 4 or 8 bytes are at bits. */
static double float_of(const void *bits, size_t size)
{
	double v;
	float f;

	if (size == sizeof(f)) {
		memcpy(&f, bits, sizeof(f));
		return f;
	}
	memcpy(&v, bits, sizeof(v));
	return v;
}

void out_float(struct out *o, const void *bits, size_t size, bool quote_special)
{
	out_double(o, float_of(bits, size), size == sizeof(float), quote_special);
}

void out_complex(struct out *o, const void *bits, size_t size)
{
	double im = float_of((const char *)bits + size, size);

	if (o->json)
		out_char(o, '"');
	out_char(o, '(');
	out_float(o, bits, size, false);
	/* out_double() writes the sign of a negative number and of an infinity; a NaN has none. */
	if (isnan(im) || (!signbit(im) && !isinf(im)))
		out_char(o, '+');
	out_double(o, im, size == sizeof(float), false);
	out_str(o, "i)");
	if (o->json)
		out_char(o, '"');
}

void show_float32(struct out *o, const char *name, __u64 unread, __u32 bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_float(o, &bits, sizeof(bits), o->json);
}

void show_float64(struct out *o, const char *name, __u64 unread, __u64 bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_float(o, &bits, sizeof(bits), o->json);
}

void show_complex64(struct out *o, const char *name, __u64 unread, const __u32 *bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_complex(o, bits, sizeof(*bits));
}

void show_complex128(struct out *o, const char *name, __u64 unread, const __u64 *bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_complex(o, bits, sizeof(*bits));
}

/* Note a cut value, and say in text how much is missing. */
static void end_bytes(struct out *o, const char *name, __u64 len, __u32 limit)
{
	if (len <= limit)
		return;
	if (o->json) {
		add_note(o, name, len, NULL);
		return;
	}
	out_str(o, "...+");
	out_unsigned(o, len - limit);
}

void show_string(struct out *o, const char *name, __u64 unread, const struct go_bytes *b,
		 const char *bytes, __u32 limit)
{
	size_t n = b->len < limit ? b->len : limit;

	if (!begin_value(o, name, unread, not_mapped))
		return;
	if (o->json)
		out_json_string(o, bytes, n);
	else
		out_go_string(o, bytes, n);
	end_bytes(o, name, b->len, limit);
}

void show_bytes(struct out *o, const char *name, __u64 unread, const struct go_bytes *b,
		const char *bytes, __u32 limit)
{
	size_t n = b->len < limit ? b->len : limit;

	if (!begin_value(o, name, unread, not_mapped))
		return;
	if (!b->data) {
		out_str(o, o->json ? "null" : "nil");
		return;
	}
	if (o->json)
		out_base64(o, (const unsigned char *)bytes, n);
	else
		out_go_string(o, bytes, n);
	end_bytes(o, name, b->len, limit);
}
