// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Print the values of panics with the calls that they ended.
 *
 * A value comes ahead of those calls; records of other processors may come in between. The newest
 * are kept: so many that none of a value's calls can be behind them.
 */
#include <errno.h>
#include <string.h>

#include "nodes.h"
#include "tracer.h"

#define KEPT_MAX 1024

static struct panic_event kept[KEPT_MAX];
static size_t kept_cnt, next;

static bool is_same(const struct event_header *a, const struct event_header *b)
{
	return a->goid == b->goid && a->tgid == b->tgid && a->panic == b->panic;
}

static struct panic_event *find_panic(const struct event_header *hdr)
{
	size_t i, at;

	/* The newest first: most often it is that. */
	for (i = 1; i <= kept_cnt; i++) {
		at = (next + KEPT_MAX - i) % KEPT_MAX;
		if (is_same(&kept[at].hdr, hdr))
			return &kept[at];
	}
	return NULL;
}

int keep_panic(const void *data, size_t data_sz)
{
	const size_t head = offsetof(struct panic_event, pieces_room);
	const struct panic_event *e = data;
	struct panic_event *place = &kept[next];

	if (data_sz < head || e->pieces.len > sizeof(e->pieces_room) ||
	    data_sz - head < e->pieces.len)
		return -EBADMSG;
	next = (next + 1) % KEPT_MAX;
	if (kept_cnt < KEPT_MAX)
		kept_cnt++;
	memcpy(place, e, head + e->pieces.len);
	return 0;
}

/* "panic": the value as any other interface; in text, how the call ended. */
void out_panic(struct out *o, const struct event_header *hdr)
{
	static const struct value_node node = {
		.kind = VALUE_ANY,
		.limit = PANIC_TEXT,
		.depth = PANIC_DEPTH,
		.steps = PANIC_STEPS,
	};
	const struct panic_event *e = find_panic(hdr);
	struct piece_reader pieces = {};

	end_section(o);
	o->section = "panic";
	o->told_exit = true;
	out_str(o, o->json ? ",\"panic\":" : " [panic(");
	if (hdr->panic == PANIC_UNKNOWN) {
		out_unread(o, "it was not seen to begin");
	} else if (!e) {
		out_unread(o, "its value was lost on the way");
	} else if (e->hdr.unread) {
		out_unread(o, "one of too many panics within panics");
	} else {
		pieces.next = e->pieces_room;
		pieces.end = e->pieces_room + e->pieces.len;
		out_iface(o, &node, (const char *)e->value, &pieces);
	}
	if (!o->json)
		out_str(o, ")]");
	o->section = NULL;
}
