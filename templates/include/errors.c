// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Say what an error says, for the types of Go's own packages whose Error() is a stored string or
 * made of stored fields in a fixed way. Sources: errors/errors.go, fmt/errors.go, io/fs/fs.go,
 * context/context.go, internal/poll/fd.go, syscall/syscall_unix.go.
 */
#include <stdio.h>
#include <string.h>

#include "iface.h"

static void add(struct message *m, const char *s, size_t len)
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

static void add_text(struct message *m, const struct text *t)
{
	add(m, t->bytes, t->len);
	m->whole += t->whole - t->len;
}

/* syscall.Errno.Error: the C library's words, begun in lower case as Go's table has them. */
static void add_errno(struct message *m, __u64 number)
{
	const char *known = number && number < 134 ? strerror(number) : NULL;
	char text[64];

	/* The C library has words for what is no error's number; Go has not. */
	if (known && strncmp(known, "Unknown error", 13))
		snprintf(text, sizeof(text), "%s", known);
	else
		snprintf(text, sizeof(text), "errno %llu", (unsigned long long)number);
	if (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
		text[0] += 'a' - 'A';
	add(m, text, strlen(text));
}

static __u64 errno_of(const struct iface *v)
{
	__u64 number;

	memcpy(&number, v->head, sizeof(number));
	return number;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (!strcmp(name, *names))
			return true;
	}
	return false;
}

bool add_error(struct message *m, const struct iface *v, const struct iface *cause)
{
	static const char *const stored[] = { "*errors.errorString", "*fmt.wrapError",
					      "*fmt.wrapErrors", NULL };
	char words[128];
	bool then_text;

	if (!strcmp(v->name, "context.deadlineExceededError")) {
		add(m, "context deadline exceeded", 25);
		return true;
	}
	if (!strcmp(v->name, "*poll.DeadlineExceededError")) {
		add(m, "i/o timeout", 11);
		return true;
	}
	if (!v->head)
		return false;
	if (tell_fault(v, words, sizeof(words), &then_text)) {
		add(m, words, strlen(words));
		if (then_text)
			add_text(m, &v->text);
		return true;
	}
	if (!strcmp(v->name, "syscall.Errno")) {
		add_errno(m, errno_of(v));
		return true;
	}
	if (!v->text.bytes)
		return false;
	if (is_one_of(v->name, stored)) {
		add_text(m, &v->text);
		return true;
	}
	if (!cause || !cause->type || !v->more.bytes)
		return false;
	if (!strcmp(v->name, "*fs.PathError")) {
		add_text(m, &v->text);
		add(m, " ", 1);
		add_text(m, &v->more);
		add(m, ": ", 2);
		return add_error(m, cause, NULL);
	}
	return false;
}
