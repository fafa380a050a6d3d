// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Put a text together, and say what runtime.boundsError says: an index that is out of bounds. */
#include <stdio.h>
#include <string.h>

#include "walk.h"

void message_add(struct message *m, const char *s, size_t len)
{
	size_t room = sizeof(m->text) - m->len;

	m->whole += len;
	/* Behind a gap nothing is added: the text is a true beginning of the whole one. */
	if (m->whole != m->len + len)
		return;
	if (len > room)
		len = room;
	memcpy(m->text + m->len, s, len);
	m->len += len;
}

void message_str(struct message *m, const char *s)
{
	message_add(m, s, strlen(s));
}

void message_number(struct message *m, const char *format, __u64 v)
{
	char text[40];

	snprintf(text, sizeof(text), format, (unsigned long long)v);
	message_str(m, text);
}

/* runtime.boundsError: x, y, whether x is signed, and which of the ways to be out of bounds. */
bool add_bounds(struct message *m, const struct walk_item *item, bool old)
{
	static const char *const formats[] = {
		"index out of range [%x] with length %y",
		"slice bounds out of range [:%x] with length %y",
		"slice bounds out of range [:%x] with capacity %y",
		"slice bounds out of range [%x:%y]",
		"slice bounds out of range [::%x] with length %y",
		"slice bounds out of range [::%x] with capacity %y",
		"slice bounds out of range [:%x:%y]",
		"slice bounds out of range [%x:%y:]",
		"cannot convert slice with length %y to array or pointer to array with length %x",
	};
	static const char *const negative[] = {
		"index out of range [%x]",	    "slice bounds out of range [:%x]",
		"slice bounds out of range [:%x]",  "slice bounds out of range [%x:]",
		"slice bounds out of range [::%x]", "slice bounds out of range [::%x]",
		"slice bounds out of range [:%x:]", "slice bounds out of range [%x::]",
	};
	__s64 x = load(item->object, 8), y = load(item->object + 8, 8);
	bool is_signed = item->object[16];
	__u8 code = item->object[17];
	const char *f;

	if (code >= sizeof(formats) / sizeof(formats[0])) {
		snprintf(m->why, sizeof(m->why), "a way to be out of bounds that is not known");
		return false;
	}
	f = formats[code];
	if (old && code == sizeof(formats) / sizeof(formats[0]) - 1)
		f = "cannot convert slice with length %y to pointer to array with length %x";
	if (is_signed && x < 0 && code < sizeof(negative) / sizeof(negative[0]))
		f = negative[code];
	message_str(m, "runtime error: ");
	for (; *f; f++) {
		if (*f != '%')
			message_add(m, f, 1);
		else if (*++f == 'x')
			message_number(m, is_signed ? "%lld" : "%llu", x);
		else
			message_number(m, "%lld", y);
	}
	return true;
}
