// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Run the loader's printers on values from standard input: one command a line, one line of
 * output each. Bytes are hexadecimal, "-" when there are none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

#define BYTES_MAX (1 << 20)

static struct out out;
static char line[2 * BYTES_MAX + 256];
static char bytes[BYTES_MAX];
static const volatile bool exiting;

/* Names in notes live as long as the record. */
static char names[256][64];
static int name_cnt;

static size_t read_hex(const char *text)
{
	unsigned int byte;
	size_t n = 0;

	while (sscanf(text + 2 * n, "%2x", &byte) == 1)
		bytes[n++] = byte;
	return n;
}

static const char *keep(const char *text)
{
	return strcpy(names[name_cnt++ % 256], text);
}

static void show(char *what, char *rest)
{
	unsigned long long unread, v, w, len;
	struct go_bytes b = { .data = 1 };
	char name[64], text[64];
	__u64 wide[2];
	__u32 half[2];
	__u32 limit;
	char *data;
	int at = 0;
	size_t n;

	if (!strcmp(what, "unreadable")) {
		sscanf(rest, "%63s %n", name, &at);
		data = strdup(rest + at);
		show_unreadable(&out, keep(name), data);
		return;
	}
	if (!strcmp(what, "string") || !strcmp(what, "bytes")) {
		sscanf(rest, "%63s %llu %llu %u %63s %n", name, &unread, &len, &limit, text, &at);
		b.data = !strcmp(text, "nil") ? 0 : 1;
		b.len = len;
		n = read_hex(rest + at);
		/* A buffer of its own size, so that a read beyond it is found. */
		data = malloc(n ? n : 1);
		memcpy(data, bytes, n);
		if (what[0] == 's')
			show_string(&out, keep(name), unread, &b, data, limit);
		else
			show_bytes(&out, keep(name), unread, &b, data, limit);
		free(data);
		return;
	}
	sscanf(rest, "%63s %llu %llx %llx", name, &unread, &v, &w);
	wide[0] = v;
	wide[1] = w;
	half[0] = v;
	half[1] = w;
	if (!strcmp(what, "bool"))
		show_bool(&out, keep(name), unread, v);
	else if (!strcmp(what, "int"))
		show_int(&out, keep(name), unread, v);
	else if (!strcmp(what, "uint"))
		show_uint(&out, keep(name), unread, v);
	else if (!strcmp(what, "address"))
		show_address(&out, keep(name), unread, v);
	else if (!strcmp(what, "float32"))
		show_float32(&out, keep(name), unread, v);
	else if (!strcmp(what, "float64"))
		show_float64(&out, keep(name), unread, v);
	else if (!strcmp(what, "complex64"))
		show_complex64(&out, keep(name), unread, half);
	else if (!strcmp(what, "complex128"))
		show_complex128(&out, keep(name), unread, wide);
	else
		abort();
}

static void run(char *what, char *rest)
{
	static struct event_header hdr;
	unsigned long long v, duration, goid;
	char symbol[256], comm[64];
	long long offset;
	int type;

	if (!strcmp(what, "mode")) {
		out.json = !strncmp(rest, "json", 4);
		out.cached_second = -1;
	} else if (!strcmp(what, "clock")) {
		sscanf(rest, "%lld", &offset);
		out.clock_offset_ns = offset;
		out.cached_second = -1;
	} else if (!strcmp(what, "json")) {
		out_json_string(&out, bytes, read_hex(rest));
		out_char(&out, '\n');
	} else if (!strcmp(what, "go")) {
		out_go_string(&out, bytes, read_hex(rest));
		out_char(&out, '\n');
	} else if (!strcmp(what, "base64")) {
		out_base64(&out, (unsigned char *)bytes, read_hex(rest));
		out_char(&out, '\n');
	} else if (!strcmp(what, "duration")) {
		out_duration(&out, strtoull(rest, NULL, 10));
		out_char(&out, '\n');
	} else if (!strcmp(what, "time")) {
		out_time(&out, strtoull(rest, NULL, 10));
		out_char(&out, '\n');
	} else if (!strcmp(what, "begin")) {
		/* begin TYPE TIME DURATION GOID COMM SYMBOL */
		sscanf(rest, "%d %llu %llu %llu %63s %255[^\n]", &type, &v, &duration, &goid, comm,
		       symbol);
		memset(&hdr, 0, sizeof(hdr));
		hdr.type = type;
		hdr.time_ns = v;
		hdr.duration_ns = duration;
		hdr.goid = goid;
		hdr.tgid = 7;
		hdr.tid = 8;
		memcpy(hdr.comm, bytes, read_hex(comm));
		begin_record(&out, &hdr, symbol, NULL);
	} else if (!strcmp(what, "args")) {
		begin_args(&out);
	} else if (!strcmp(what, "results")) {
		begin_results(&out, &hdr);
	} else if (!strcmp(what, "end")) {
		end_record(&out, &hdr);
	} else {
		show(what, rest);
	}
}

int main(void)
{
	char *space;

	out_init(&out, STDOUT_FILENO, true, &exiting);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		space = strchr(line, ' ');
		if (space)
			*space++ = 0;
		run(line, space ? space : line + strlen(line));
	}
	out_flush(&out);
	if (out.err)
		fprintf(stderr, "%s\n", strerror(out.err));
	return out.err != 0;
}
