// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print package net/netip's types as their own methods do. */
#include <string.h>

#include "special.h"

/* Offsets in netip.Addr: addr, two words with the upper one first, and z. */
#define ADDR_HI 0
#define ADDR_LO 8
#define ADDR_Z 16

struct addr {
	const char *reason; /* it could not be read */
	bool valid;
	bool is_ipv6;
	bool either; /* IPv4, or the same in IPv6 */
	unsigned char bytes[16];
	const char *zone;
	__u64 zone_len;
};

/* The bytes that a part of the address leads to; NULL when they are not there. */
static const char *take(struct addr *a, struct piece_reader *pieces)
{
	const struct piece *piece = next_piece(pieces);

	if (piece && !piece->unread)
		return (const char *)(piece + 1);
	a->reason = why_missing(piece);
	return NULL;
}

/* A string that was followed. */
static void take_zone(struct addr *a, const char *string, struct piece_reader *pieces)
{
	const char *zone;

	a->zone_len = load(string + 8, 8);
	if (!a->zone_len)
		return;
	if (a->zone_len > GO_MAX_LEN) {
		a->reason = "the length of its zone is none that Go allows";
		return;
	}
	zone = take(a, pieces);
	if (!zone)
		return;
	if (((const struct piece *)zone)[-1].len < a->zone_len)
		a->reason = "its zone has more than 64 bytes";
	else
		a->zone = zone;
}

static void put_big_endian(unsigned char *to, __u64 v)
{
	int i;

	for (i = 8; i--; v >>= 8)
		to[i] = (unsigned char)v;
}

/* Before Go 1.23 there is a zone, or one of two pointers to nothing, for IPv4 and IPv6. */
static void take_old_zone(struct addr *a, const char *data, struct piece_reader *pieces)
{
	const char *zone;

	if (!load(data, 8)) {
		a->is_ipv6 = !is_ipv4_mapped(a->bytes);
		a->either = !a->is_ipv6;
		return;
	}
	a->is_ipv6 = true;
	zone = take(a, pieces);
	if (zone)
		take_zone(a, zone, pieces);
}

static void take_addr(struct addr *a, const struct value_node *nodes, const struct value_node *node,
		      const char *at, struct piece_reader *pieces)
{
	const struct value_node *z = &nodes[node->first], *behind = &nodes[z->first];
	const char *detail, *ipv4;

	memset(a, 0, sizeof(*a));
	put_big_endian(a->bytes, load(at + ADDR_HI, 8));
	put_big_endian(a->bytes + 8, load(at + ADDR_LO, 8));
	a->valid = load(at + ADDR_Z, 8);
	detail = a->valid ? take(a, pieces) : NULL;
	if (detail && behind->kind == VALUE_STRUCT) {
		a->is_ipv6 = *detail;
		take_zone(a, detail + nodes[behind->first].offset, pieces);
	} else if (detail) {
		take_old_zone(a, detail + behind->offset, pieces);
	}
	if (node->cnt == 1) {
		if (a->either)
			a->reason = z->reason;
		return;
	}
	/* What only one that may be either is compared with comes along with all. */
	if (!a->either) {
		next_piece(pieces);
		return;
	}
	ipv4 = take(a, pieces);
	if (ipv4)
		a->is_ipv6 = load(ipv4, 8) != load(at + ADDR_Z, 8);
}

static void add_addr(struct line *l, const struct addr *a)
{
	if (!a->is_ipv6) {
		add_ipv4(l, a->bytes + 12);
	} else if (is_ipv4_mapped(a->bytes)) {
		add_str(l, "::ffff:");
		add_ipv4(l, a->bytes + 12);
	} else {
		add_ipv6(l, a->bytes);
	}
	if (a->zone_len) {
		add_str(l, "%");
		add_mem(l, a->zone, a->zone_len);
	}
}

/* AddrPort's port, and Prefix's length: a byte that holds one more since Go 1.21, or -1. */
static void add_rest(struct line *l, const struct value_node *node, const struct value_node *rest,
		     const char *at)
{
	unsigned int v = (unsigned int)load(at + rest->offset, rest->size);

	if (node->kind == VALUE_ADDR_PORT)
		add_number(l, ":%u", v);
	else if (rest->size == 1 ? !v : v > 128)
		l->len = 0;
	else
		add_number(l, "/%u", rest->size == 1 ? v - 1 : v);
}

void out_netip(struct out *o, const struct value_node *nodes, const struct value_node *node,
	       const char *at, struct piece_reader *pieces)
{
	const struct value_node *ip = node->kind == VALUE_ADDR ? node : &nodes[node->first];
	const char *what = node->kind == VALUE_ADDR	   ? "invalid IP"
			   : node->kind == VALUE_ADDR_PORT ? "invalid AddrPort"
							   : "invalid Prefix";
	bool bracket = false;
	struct line l = {};
	struct addr a;

	take_addr(&a, nodes, ip, node->kind == VALUE_ADDR ? at : at + ip->offset, pieces);
	if (a.reason) {
		out_unread(o, a.reason);
		return;
	}
	if (a.valid) {
		bracket = node->kind == VALUE_ADDR_PORT && a.is_ipv6;
		if (bracket)
			add_str(&l, "[");
		add_addr(&l, &a);
		if (bracket)
			add_str(&l, "]");
		if (node->kind != VALUE_ADDR)
			add_rest(&l, node, &nodes[node->first + 1], at);
	}
	/* MarshalText gives nothing for the zero value. */
	if (!l.len && (a.valid || !o->json))
		add_str(&l, what);
	out_line(o, &l);
}
