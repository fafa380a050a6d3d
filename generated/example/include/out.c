// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* The output buffer, and the plain things that go into it. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "out.h"

#define NSEC_PER_SEC 1000000000LL
#define POLL_MS 50
#define PATIENCE_MS 1000

void out_init(struct out *o, int fd, bool json, const volatile bool *exiting)
{
	struct stat st;

	o->fd = fd;
	o->may_block = !fstat(fd, &st) && !S_ISREG(st.st_mode);
	o->exiting = exiting;
	o->json = json;
	o->err = 0;
	o->len = 0;
	o->cached_second = -1;
	out_sync_clock(o);
}

static __s64 now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void out_sync_clock(struct out *o)
{
	o->clock_offset_ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);
}

/*
 * Wait until PIPE_BUF bytes can be written without blocking. A reader that has stopped reading
 * must not keep us from stopping: once told to, we wait for it no longer than a moment.
 */
static int wait_for_reader(const struct out *o)
{
	struct pollfd pfd = { .fd = o->fd, .events = POLLOUT };
	int n, patience = PATIENCE_MS / POLL_MS;

	for (;;) {
		n = poll(&pfd, 1, POLL_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
		if (*o->exiting && --patience <= 0)
			return ETIMEDOUT;
	}
}

void out_flush(struct out *o)
{
	size_t done = 0, len;
	ssize_t n;

	while (!o->err && done < o->len) {
		len = o->len - done;
		if (o->may_block) {
			o->err = wait_for_reader(o);
			if (o->err)
				break;
			if (len > PIPE_BUF)
				len = PIPE_BUF;
		}
		n = write(o->fd, o->buf + done, len);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			o->err = errno;
		else if (n > 0)
			done += n;
	}
	o->len = 0;
}

const char *out_error(const struct out *o)
{
	return o->err == ETIMEDOUT ? "the reader has stopped reading" : strerror(o->err);
}

/* Write what does not fit into the buffer any more. */
void out_spill(struct out *o, const char *s, size_t len)
{
	size_t n;

	while (len) {
		if (o->len == sizeof(o->buf))
			out_flush(o);
		n = sizeof(o->buf) - o->len;
		if (n > len)
			n = len;
		memcpy(o->buf + o->len, s, n);
		o->len += n;
		s += n;
		len -= n;
	}
}

void out_unsigned(struct out *o, __u64 v)
{
	char digits[20];
	int i = sizeof(digits);

	do {
		digits[--i] = '0' + v % 10;
		v /= 10;
	} while (v);
	out_mem(o, digits + i, sizeof(digits) - i);
}

void out_signed(struct out *o, __s64 v)
{
	if (v < 0)
		out_char(o, '-');
	/* The negation is unsigned: the smallest number has no positive counterpart. */
	out_unsigned(o, v < 0 ? -(__u64)v : (__u64)v);
}

void out_hex(struct out *o, __u64 v)
{
	char digits[16];
	int i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	out_str(o, "0x");
	out_mem(o, digits + i, sizeof(digits) - i);
}

static void out_fraction(struct out *o, __u64 value, int digits)
{
	char text[9];
	int i;

	for (i = digits - 1; i >= 0; i--) {
		text[i] = '0' + value % 10;
		value /= 10;
	}
	out_mem(o, text, digits);
}

void out_time(struct out *o, __u64 monotonic_ns)
{
	__s64 ns = (__s64)monotonic_ns + o->clock_offset_ns;
	time_t second = ns / NSEC_PER_SEC;
	struct tm tm;

	if (second != o->cached_second) {
		gmtime_r(&second, &tm);
		strftime(o->cached_time, sizeof(o->cached_time),
			 o->json ? "%Y-%m-%dT%H:%M:%S." : "%H:%M:%S.", &tm);
		o->cached_second = second;
	}
	out_str(o, o->cached_time);
	if (o->json) {
		out_fraction(o, ns % NSEC_PER_SEC, 9);
		out_char(o, 'Z');
	} else {
		out_fraction(o, ns % NSEC_PER_SEC / 1000, 6);
	}
}

/* As time.Duration prints itself, but to two or three digits; whole seconds from a minute on. */
void out_duration(struct out *o, __u64 ns)
{
	static const struct {
		__u64 ns;
		const char *name;
	} units[] = {
		{ 1000000000, "s" },
		{ 1000000, "ms" },
		{ 1000, "\u00b5s" },
		{ 1, "ns" },
	};
	char text[32];
	double v;
	int i = 0;

	if (ns >= 60 * (__u64)NSEC_PER_SEC) {
		out_unsigned(o, ns / NSEC_PER_SEC / 60);
		out_char(o, 'm');
		out_unsigned(o, ns / NSEC_PER_SEC % 60);
		out_char(o, 's');
		return;
	}
	while (units[i].ns > ns && units[i].ns > 1)
		i++;
	v = (double)ns / units[i].ns;
	/* What would be rounded to 1000 of one unit is 1.0 of the next. */
	if (i && v >= 999.5)
		v = (double)ns / units[--i].ns;
	snprintf(text, sizeof(text), "%.*f", v < 9.95 && units[i].ns > 1 ? 1 : 0, v);
	out_str(o, text);
	out_str(o, units[i].name);
}
