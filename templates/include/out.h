/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Print records: one JSON object or one line of text each, through one buffer. */
#ifndef __OUT_H
#define __OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <linux/types.h>

#include "event.h"

#define OUT_NOTES_MAX 128

/* A value that is not whole: cut to the limit, or not readable at all. */
struct note {
	const char *section;
	const char *path; /* in the section: a name, and selectors behind it */
	__u64 len;
	const char *reason; /* NULL: truncated, and len is the true length */
};

struct call_stack;

struct out {
	int fd;
	bool json;
	int err; /* errno of the first write that failed */
	bool may_block; /* a pipe, a terminal: somebody must read */
	const volatile bool *exiting; /* told to stop: wait for a reader no longer */
	size_t len;
	char buf[1 << 16];
	/* CLOCK_REALTIME - CLOCK_MONOTONIC, refreshed by out_sync_clock() */
	__s64 clock_offset_ns;
	__s64 cached_second;
	char cached_time[32];
	/* the record being printed */
	const struct call_stack *stack; /* NULL when it has none */
	const char *section; /* "args", "results" or "panic" */
	bool told_exit; /* text has said how the call ended */
	__u64 bias; /* of the addresses in it from those as linked, if it is located */
	bool located;
	int value_cnt;
	int note_cnt;
	struct note notes[OUT_NOTES_MAX];
	char path[256];
	size_t path_len;
	char note_paths[8192];
	size_t note_paths_len;
};

/* out.c: text, numbers and times */
void out_init(struct out *o, int fd, bool json, const volatile bool *exiting);
void out_sync_clock(struct out *o);
void out_flush(struct out *o);
const char *out_error(const struct out *o);
void out_spill(struct out *o, const char *s, size_t len);
void out_unsigned(struct out *o, __u64 v);
void out_signed(struct out *o, __s64 v);
void out_hex(struct out *o, __u64 v);
void out_time(struct out *o, __u64 monotonic_ns);
void out_duration(struct out *o, __u64 ns);

/* Inline: a record is some forty of these, and most lengths are known to the compiler. */
static inline void out_mem(struct out *o, const char *s, size_t len)
{
	if (len > sizeof(o->buf) - o->len) {
		out_spill(o, s, len);
		return;
	}
	memcpy(o->buf + o->len, s, len);
	o->len += len;
}

static inline void out_str(struct out *o, const char *s)
{
	out_mem(o, s, strlen(s));
}

static inline void out_char(struct out *o, char c)
{
	if (o->len == sizeof(o->buf))
		out_flush(o);
	o->buf[o->len++] = c;
}

/* quote.c: strings, as encoding/json or strconv.Quote would write them */
void out_json_string(struct out *o, const char *s, size_t len);
void out_go_string(struct out *o, const char *s, size_t len);
void out_base64(struct out *o, const unsigned char *s, size_t len);

/* values.c: parts of a value, and what is missing of it */
bool begin_value(struct out *o, const char *name, __u64 unread, const char *reason);
size_t path_push(struct out *o, const char *separator, const char *name);
void path_pop(struct out *o, size_t mark);
void note_truncated(struct out *o, __u64 len);
void out_unread(struct out *o, const char *reason);
/* The same with a reason that does not last: it is copied. */
void out_unread_text(struct out *o, const char *reason);
void out_float(struct out *o, const void *bits, size_t size, bool quote_special);
void out_complex(struct out *o, const void *bits, size_t size);

/* values.c: one value of a record each; unread is non-zero when it could not be read */
void show_bool(struct out *o, const char *name, __u64 unread, bool v);
void show_int(struct out *o, const char *name, __u64 unread, __s64 v);
void show_uint(struct out *o, const char *name, __u64 unread, __u64 v);
void show_address(struct out *o, const char *name, __u64 unread, __u64 v);
void show_float32(struct out *o, const char *name, __u64 unread, __u32 bits);
void show_float64(struct out *o, const char *name, __u64 unread, __u64 bits);
void show_complex64(struct out *o, const char *name, __u64 unread, const __u32 *bits);
void show_complex128(struct out *o, const char *name, __u64 unread, const __u64 *bits);
void show_string(struct out *o, const char *name, __u64 unread, const struct go_bytes *b,
		 const char *bytes, __u32 limit);
void show_bytes(struct out *o, const char *name, __u64 unread, const struct go_bytes *b,
		const char *bytes, __u32 limit);
void show_unreadable(struct out *o, const char *name, const char *reason);

/* record.c: what stands around the values */
/* type_args is JSON, of an instance of a generic function; NULL when nothing tells. */
void begin_record(struct out *o, const struct event_header *hdr, const char *symbol,
		  const char *type_args);
void begin_args(struct out *o);
void elide_args(struct out *o);
/* False when the call did not return: it has no results. */
bool begin_results(struct out *o, const struct event_header *hdr);
void end_section(struct out *o);
void end_record(struct out *o, const struct event_header *hdr);

#endif /* __OUT_H */
