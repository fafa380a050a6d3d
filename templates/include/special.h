/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Values that have a text of their own. */
#ifndef __SPECIAL_H
#define __SPECIAL_H

#include "nodes.h"

/* A text that is put together; the longest is an address with its zone. */
struct line {
	size_t len;
	char text[160];
};

/* special.c */
void add_str(struct line *l, const char *s);
void add_mem(struct line *l, const char *s, size_t len);
void add_number(struct line *l, const char *format, unsigned int v);
void add_ipv4(struct line *l, const unsigned char *b);
void add_ipv6(struct line *l, const unsigned char *b);
bool is_ipv4_mapped(const unsigned char *b);
void out_line(struct out *o, const struct line *l);

/* netip.c: an Addr, AddrPort or Prefix */
void out_netip(struct out *o, const struct value_node *nodes, const struct value_node *node,
	       const char *at, struct piece_reader *pieces);

#endif /* __SPECIAL_H */
