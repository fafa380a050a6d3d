// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print one value: as Go's encoding/json would, or as a Go programmer would write it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

static void add_note(struct out *o, const char *name, __u64 len, const char *reason)
{
	struct note *n;

	if (o->note_cnt == OUT_NOTES_MAX)
		return;
	n = &o->notes[o->note_cnt++];
	n->section = o->section;
	n->name = name;
	n->len = len;
	n->reason = reason;
}

/* Write what stands before a value; false when there is no value to write. */
static bool begin_value(struct out *o, const char *name, __u64 unread, const char *reason)
{
	if (o->value_cnt++)
		out_str(o, o->json ? "," : ", ");
	else if (!o->json && !strcmp(o->section, "results"))
		out_str(o, " = (");
	if (o->json) {
		/* Go identifiers need no escape in JSON. */
		out_char(o, '"');
		out_str(o, name);
		out_str(o, "\":");
	} else if (name[0] != '~') {
		/* Unnamed results are ~r0, ~r1: nobody wrote that name. */
		out_str(o, name);
		out_char(o, '=');
	}
	if (!unread)
		return true;
	if (o->json) {
		out_str(o, "null");
		add_note(o, name, 0, reason);
	} else {
		out_str(o, "<unreadable: ");
		out_str(o, reason);
		out_char(o, '>');
	}
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
static void out_float(struct out *o, double v, bool single, bool quote_special)
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

static double float32_of(__u32 bits)
{
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static double float64_of(__u64 bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

void show_float32(struct out *o, const char *name, __u64 unread, __u32 bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_float(o, float32_of(bits), true, o->json);
}

void show_float64(struct out *o, const char *name, __u64 unread, __u64 bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_float(o, float64_of(bits), false, o->json);
}

static void out_complex(struct out *o, double re, double im, bool single)
{
	if (o->json)
		out_char(o, '"');
	out_char(o, '(');
	out_float(o, re, single, false);
	/* out_float() writes the sign of a negative number and of an infinity; a NaN has none. */
	if (isnan(im) || (!signbit(im) && !isinf(im)))
		out_char(o, '+');
	out_float(o, im, single, false);
	out_str(o, "i)");
	if (o->json)
		out_char(o, '"');
}

void show_complex64(struct out *o, const char *name, __u64 unread, const __u32 *bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_complex(o, float32_of(bits[0]), float32_of(bits[1]), true);
}

void show_complex128(struct out *o, const char *name, __u64 unread, const __u64 *bits)
{
	if (begin_value(o, name, unread, not_mapped))
		out_complex(o, float64_of(bits[0]), float64_of(bits[1]), false);
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
