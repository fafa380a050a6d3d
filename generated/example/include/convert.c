// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Convert numbers as Go does, one conversion after the other. */
#include <string.h>

#include "nodes.h"

/* A number of any of Go's types: a float, or the 64 bits of an integer, extended by its sign. */
struct number {
	bool is_float;
	double f;
	__u64 bits;
	bool negative; /* the bits are those of a number below zero */
};

static struct number narrow(__u64 bits, enum value_kind kind, __u32 size)
{
	struct number n = { .bits = bits };
	int shift = 64 - 8 * size;

	if (kind == VALUE_UINT) {
		n.bits = bits << shift >> shift;
	} else {
		n.bits = (__s64)(bits << shift) >> shift;
		n.negative = (__s64)n.bits < 0;
	}
	return n;
}

static struct number number_at(const struct value_node *node, const char *at)
{
	struct number n = { .is_float = node->kind == VALUE_FLOAT };
	__u64 bits = 0;
	float f;

	if (!n.is_float) {
		memcpy(&bits, at, node->size);
		return narrow(bits, node->kind == VALUE_UINT ? VALUE_UINT : VALUE_INT, node->size);
	}
	if (node->size == sizeof(f)) {
		memcpy(&f, at, sizeof(f));
		n.f = f;
	} else {
		memcpy(&n.f, at, sizeof(n.f));
	}
	return n;
}

/* False for what Go leaves to the processor: a float that the integer type can't hold. */
static bool convert(struct number *n, enum value_kind to, __u32 size)
{
	if (to == VALUE_FLOAT) {
		if (!n->is_float)
			n->f = n->negative ? (double)(__s64)n->bits : (double)n->bits;
		if (size == sizeof(float))
			n->f = (float)n->f;
		n->is_float = true;
		return true;
	}
	if (n->is_float) {
		if (!(n->f >= -9223372036854775808.0 && n->f < 18446744073709551616.0))
			return false;
		if (to == VALUE_UINT ? n->f <= -1 : n->f >= 9223372036854775808.0)
			return false;
		n->bits = n->f < 0 ? (__u64)(__s64)n->f : (__u64)n->f;
	}
	*n = narrow(n->bits, to, size);
	return true;
}

static const char *evaluate(const struct value_node *nodes, const struct value_node *node,
			    const char *object, struct number *n)
{
	const char *at = object + node->offset, *reason;

	if (node->kind == VALUE_UNREADABLE)
		return node->reason;
	if (node->kind != VALUE_CONVERTED) {
		*n = number_at(node, at);
		return NULL;
	}
	reason = evaluate(nodes, &nodes[node->first], at, n);
	if (reason)
		return reason;
	return convert(n, node->to, node->size) ? NULL
						: "the type it is converted to can't hold it";
}

void out_converted(struct out *o, const struct value_node *nodes, const struct value_node *node,
		   const char *object)
{
	struct number n = {};
	const char *reason = evaluate(nodes, node, object, &n);
	float f;

	if (reason) {
		out_unread(o, reason);
	} else if (node->to == VALUE_FLOAT && node->size == sizeof(f)) {
		f = n.f;
		out_float(o, &f, sizeof(f), o->json);
	} else if (node->to == VALUE_FLOAT) {
		out_float(o, &n.f, sizeof(n.f), o->json);
	} else if (node->to == VALUE_DURATION && !o->json) {
		out_go_duration(o, n.bits);
	} else if (node->to == VALUE_UINT) {
		out_unsigned(o, n.bits);
	} else {
		out_signed(o, n.bits);
	}
}
