// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print package time's types as its own methods do. */
#include <stdio.h>
#include <time.h>

#include "nodes.h"

#define NSEC_MASK ((1ULL << 30) - 1)
/* Seconds from year 1, where time.Time counts from, to 1885 and to 1970. */
#define WALL_TO_INTERNAL 59453308800LL
#define UNIX_TO_INTERNAL 62135596800LL

/* Digits of a fraction of so many, without the zeros at its end; returns what is above it. */
static __u64 fraction(char *text, size_t size, __u64 v, int digits)
{
	__u64 unit = 1;
	int i;

	for (i = 0; i < digits; i++)
		unit *= 10;
	text[0] = '\0';
	if (v % unit) {
		snprintf(text, size, ".%0*llu", digits, (unsigned long long)(v % unit));
		for (i = digits; text[i] == '0'; i--)
			text[i] = '\0';
	}
	return v / unit;
}

static void out_unit(struct out *o, __u64 v, int digits, const char *unit)
{
	char text[24];

	out_unsigned(o, fraction(text, sizeof(text), v, digits));
	out_str(o, text);
	out_str(o, unit);
}

/* time.Duration.String */
void out_go_duration(struct out *o, __s64 ns)
{
	__u64 v = ns < 0 ? -(__u64)ns : (__u64)ns, minutes;
	char text[24];

	if (ns < 0)
		out_char(o, '-');
	if (!v) {
		out_str(o, "0s");
	} else if (v < 1000) {
		out_unit(o, v, 0, "ns");
	} else if (v < 1000000) {
		out_unit(o, v, 3, "\u00b5s");
	} else if (v < 1000000000) {
		out_unit(o, v, 6, "ms");
	} else {
		v = fraction(text, sizeof(text), v, 9);
		minutes = v / 60;
		if (minutes >= 60) {
			out_unsigned(o, minutes / 60);
			out_char(o, 'h');
		}
		if (minutes) {
			out_unsigned(o, minutes % 60);
			out_char(o, 'm');
		}
		out_unsigned(o, v % 60);
		out_str(o, text);
		out_char(o, 's');
	}
}

/* time.Time in UTC, as RFC 3339: with a monotonic reading, seconds since 1885 are in wall. */
void out_go_time(struct out *o, __u64 wall, __s64 ext)
{
	__s64 seconds = ext;
	char text[64], nanoseconds[24];
	struct tm tm;
	time_t t;

	if (wall >> 63)
		seconds = WALL_TO_INTERNAL + (__s64)(wall << 1 >> 31);
	t = seconds - UNIX_TO_INTERNAL;
	if (!gmtime_r(&t, &tm)) {
		out_str(o, "null");
		return;
	}
	fraction(nanoseconds, sizeof(nanoseconds), wall & NSEC_MASK, 9);
	snprintf(text, sizeof(text), "%04lld-%02d-%02dT%02d:%02d:%02d%sZ",
		 (long long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		 tm.tm_sec, nanoseconds);
	if (o->json)
		out_char(o, '"');
	out_str(o, text);
	if (o->json)
		out_char(o, '"');
}
