// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print a record around its values. */
#include <string.h>

#include "symbols.h"

static const char *const event_names[] = {
	[EVENT_CALL] = "call",
	[EVENT_ENTRY] = "entry",
	[EVENT_RETURN] = "return",
};

static const char *const exit_names[] = {
	[CALL_RETURNED] = "return",
	[CALL_TAILCALLED] = "tailcall",
	[CALL_PANICKED] = "panic",
	[CALL_GOEXIT] = "goexit",
	[CALL_PROCESS_EXIT] = "process-exit",
	[CALL_IN_FLIGHT] = "in-flight",
};

/* A process chooses its own name: no byte of it is left for a terminal to obey. */
static void out_comm(struct out *o, const char *comm, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out_char(o, comm[i] > ' ' && comm[i] < 0x7f ? comm[i] : '?');
}

void begin_record(struct out *o, const struct event_header *hdr, const char *symbol,
		  const char *type_args)
{
	size_t comm_len = strnlen(hdr->comm, sizeof(hdr->comm));

	o->section = NULL;
	o->told_exit = false;
	o->value_cnt = 0;
	o->note_cnt = 0;
	o->note_paths_len = 0;
	o->path_len = 0;
	if (!o->json) {
		out_time(o, hdr->time_ns);
		out_char(o, ' ');
		out_comm(o, hdr->comm, comm_len);
		out_char(o, '[');
		out_unsigned(o, hdr->tgid);
		out_str(o, "] g");
		out_unsigned(o, hdr->goid);
		out_str(o, "  ");
		out_str(o, symbol);
		return;
	}
	out_str(o, "{\"time\":\"");
	out_time(o, hdr->time_ns);
	out_str(o, "\",\"function\":");
	out_json_string(o, symbol, strlen(symbol));
	if (type_args) {
		out_str(o, ",\"type_args\":");
		out_str(o, type_args);
	}
	out_str(o, ",\"pid\":");
	out_unsigned(o, hdr->tgid);
	out_str(o, ",\"tid\":");
	out_unsigned(o, hdr->tid);
	out_str(o, ",\"goid\":");
	out_unsigned(o, hdr->goid);
	out_str(o, ",\"comm\":");
	out_json_string(o, hdr->comm, comm_len);
	out_str(o, ",\"event\":\"");
	out_str(o, event_names[hdr->type]);
	if (hdr->type != EVENT_ENTRY) {
		out_str(o, "\",\"exit\":\"");
		out_str(o, exit_names[hdr->exit]);
	}
	out_char(o, '"');
	if (hdr->duration_ns) {
		out_str(o, ",\"duration_ns\":");
		out_unsigned(o, hdr->duration_ns);
	}
}

/* In text, a function without results ends at its arguments. */
void end_section(struct out *o)
{
	if (o->json && o->section)
		out_char(o, '}');
	else if (o->section && (o->value_cnt || !strcmp(o->section, "args")))
		out_char(o, ')');
	o->section = NULL;
}

void begin_args(struct out *o)
{
	o->section = "args";
	o->value_cnt = 0;
	out_str(o, o->json ? ",\"args\":{" : "(");
}

/* There are some, and none was asked for: as in the tracebacks that Go prints. */
void elide_args(struct out *o)
{
	if (!o->json)
		out_str(o, "...");
}

bool begin_results(struct out *o, const struct event_header *hdr)
{
	if (hdr->exit != CALL_RETURNED)
		return false;
	if (!o->json && !o->section)
		out_str(o, "(...)");
	end_section(o);
	o->section = "results";
	o->value_cnt = 0;
	if (o->json)
		out_str(o, ",\"results\":{");
	return true;
}

/* "truncated": {"args.b": 4096}, or the same of what is unreadable; nothing when empty. */
static void out_notes(struct out *o, const char *key, bool unreadable)
{
	const struct note *n;
	int i, cnt = 0;

	for (i = 0; i < o->note_cnt; i++) {
		n = &o->notes[i];
		if (!n->reason == unreadable)
			continue;
		if (cnt++) {
			out_char(o, ',');
		} else {
			out_str(o, key);
		}
		out_char(o, '"');
		out_str(o, n->section);
		if (n->path[0] && n->path[0] != '.')
			out_char(o, '.');
		/* Go identifiers, and expressions without strings, need no escape in JSON. */
		out_str(o, n->path);
		out_str(o, "\":");
		if (unreadable)
			out_json_string(o, n->reason, strlen(n->reason));
		else
			out_unsigned(o, n->len);
	}
	if (cnt)
		out_char(o, '}');
}

void end_record(struct out *o, const struct event_header *hdr)
{
	end_section(o);
	if (o->json) {
		out_notes(o, ",\"truncated\":{", false);
		out_notes(o, ",\"unreadable\":{", true);
		if (o->stack)
			out_stack(o, o->stack);
		out_char(o, '}');
	} else {
		if (hdr->exit != CALL_RETURNED && !o->told_exit) {
			out_str(o, " [");
			out_str(o, exit_names[hdr->exit]);
			out_char(o, ']');
		}
		if (hdr->duration_ns) {
			out_str(o, "  ");
			out_duration(o, hdr->duration_ns);
		}
	}
	out_char(o, '\n');
	if (!o->json && o->stack)
		out_stack(o, o->stack);
}
