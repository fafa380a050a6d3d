// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Say what the runtime's own faults say. Source: Go's runtime/error.go, 1.19 to 1.27. */
#include <stdio.h>
#include <string.h>

#include "iface.h"

/* runtime.boundsError */
struct bounds_error {
	__s64 x;
	__s64 y;
	__u8 is_signed;
	__u8 code;
};

/* By code: the words around x, and what follows when x is not negative; y comes in there. */
static const struct bounds_words {
	const char *before, *after;
	const char *before_y, *after_y;
} bounds_words[] = {
	{ "index out of range [", "]", "] with length ", "" },
	{ "slice bounds out of range [:", "]", "] with length ", "" },
	{ "slice bounds out of range [:", "]", "] with capacity ", "" },
	{ "slice bounds out of range [", ":]", ":", "]" },
	{ "slice bounds out of range [::", "]", "] with length ", "" },
	{ "slice bounds out of range [::", "]", "] with capacity ", "" },
	{ "slice bounds out of range [:", ":]", ":", "]" },
	{ "slice bounds out of range [", "::]", ":", ":]" },
	/* The words of the last code, a slice that became an array, changed between versions. */
};

static bool tell_bounds(const struct bounds_error *e, char *words, size_t size)
{
	const struct bounds_words *w;
	int n;

	if (e->code >= sizeof(bounds_words) / sizeof(*bounds_words) || e->is_signed > 1)
		return false;
	w = &bounds_words[e->code];
	n = snprintf(words, size, e->is_signed ? "runtime error: %s%lld" : "runtime error: %s%llu",
		     w->before, (long long)e->x);
	if (e->is_signed && e->x < 0)
		snprintf(words + n, size - n, "%s", w->after);
	else
		snprintf(words + n, size - n, "%s%lld%s", w->before_y, (long long)e->y, w->after_y);
	return true;
}

bool tell_fault(const struct iface *v, char *words, size_t size, bool *then_text)
{
	struct bounds_error bounds;

	*then_text = true;
	if (!strcmp(v->name, "runtime.plainError")) {
		*words = '\0';
		return v->text.bytes;
	}
	if (!strcmp(v->name, "runtime.errorString") ||
	    !strcmp(v->name, "runtime.errorAddressString")) {
		snprintf(words, size, "runtime error: ");
		return v->text.bytes;
	}
	*then_text = false;
	if (strcmp(v->name, "runtime.boundsError"))
		return false;
	memcpy(&bounds, v->head, sizeof(bounds));
	return tell_bounds(&bounds, words, size);
}
