// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Print strings and byte slices that travel as pieces. */
#include "nodes.h"

/* How many of len elements an expression means. */
__u64 meant_len(const struct value_node *node, __u64 len)
{
	if (node->stop && len > node->stop)
		len = node->stop;
	return len > node->start ? len - node->start : 0;
}

static void out_digits(struct out *o, const char *bytes, __u32 n)
{
	static const char digits[] = "0123456789abcdef";
	__u32 i;

	if (o->json)
		out_char(o, '"');
	for (i = 0; i < n; i++) {
		out_char(o, digits[(unsigned char)bytes[i] >> 4]);
		out_char(o, digits[bytes[i] & 15]);
	}
	if (o->json)
		out_char(o, '"');
}

void out_bytes(struct out *o, enum value_kind kind, const char *bytes, __u32 n)
{
	if (kind == VALUE_HEX || kind == VALUE_HEX_HERE)
		out_digits(o, bytes, n);
	else if (!o->json)
		out_go_string(o, bytes, n);
	else if (kind == VALUE_BYTES || kind == VALUE_BYTES_HERE)
		out_base64(o, (const unsigned char *)bytes, n);
	else
		out_json_string(o, bytes, n);
}

void out_text(struct out *o, const struct value_node *node, const char *at,
	      struct piece_reader *pieces)
{
	__u64 data = load(at, 8), len = load(at + 8, 8);
	const struct piece *piece = NULL;
	const char *bytes = "";
	__u32 n = 0;

	if (len < node->start) {
		out_unread(o, node->reason);
		return;
	}
	if (node->kind == VALUE_BYTES && !data) {
		out_null(o);
		return;
	}
	if (len > GO_MAX_LEN) {
		out_unread(o, "its length is none that Go allows");
		return;
	}
	len = meant_len(node, len);
	if (len && node->limit) {
		piece = next_piece(pieces);
		if (!piece || piece->unread) {
			out_missing(o, piece);
			return;
		}
		bytes = (const char *)(piece + 1);
		n = piece->len;
	}
	out_bytes(o, node->kind, bytes, n);
	if (len <= n)
		return;
	if (o->json) {
		note_truncated(o, len);
		return;
	}
	out_str(o, "...+");
	out_unsigned(o, len - n);
}
