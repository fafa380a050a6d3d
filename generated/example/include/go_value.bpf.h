/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Follow what a value refers to. Each reader appends to the record's pieces, in an order that the
 * loader knows; it returns the piece's bytes, or NULL when there is nothing in it to follow.
 */
#ifndef __GO_VALUE_BPF_H
#define __GO_VALUE_BPF_H

/* Of every object that is reached: what of it has to be known to go on. */
struct go_type_head {
	__u64 words[6]; /* abi.Type */
};

struct go_iface {
	__u64 tab; /* an itab; of an interface without methods, the type itself */
	__u64 data;
};

/* Offset of the type in runtime.itab, in every Go version so far. */
#define GO_ITAB_TYPE 8

/* The longest text worth reading of what may be no text at all. */
#define GO_MAX_TEXT (1 << 20)

/* The record's room for pieces, as every reader takes it. */
#define GO_PIECES(e) &(e)->pieces, sizeof((e)->pieces_room)

/* What of a record travels: all but the unused room. */
#define GO_SENT(e) (sizeof(*(e)) - sizeof((e)->pieces_room) + go_sent(GO_PIECES(e)))

static __always_inline __u64 go_sent(const struct pieces *pieces, __u32 room)
{
	__u64 len = pieces->len;

	if (len > room)
		len = room;
	/* clang would add it by OR where no bits meet, and the verifier then sees a larger sum. */
	barrier_var(len);
	return len;
}

/*
 * A function of its own, with its own stack of at most 48 bytes: of a larger one, Linux 6.13 and
 * later keep one per CPU, which a preempted program would share with the next one.
 */
#define __reader __noinline __attribute__((unused))

/* Append len bytes at an address; max bounds them, and is a constant. */
static __reader char *go_append(struct pieces *pieces, __u32 room, __u64 address, __u64 len,
				__u32 max)
{
	/* A number from memory is the same to the verifier on every path: paths meet again. */
	__u64 at = *(volatile __u64 *)&pieces->len;
	struct piece *piece;

	barrier_var(at);
	if (at > room - sizeof(*piece) - max)
		return NULL;
	if (len > max)
		len = max;
	/* As in go_read_bytes(): clang must not test one copy and use another. */
	barrier_var(len);
	if (len > max)
		return NULL;
	piece = (struct piece *)((char *)(pieces + 1) + at);
	at += sizeof(*piece);
	if (go_read(piece + 1, len, address)) {
		piece->len = 0;
		piece->unread = 1;
		pieces->len = at;
		return NULL;
	}
	piece->len = len;
	piece->unread = 0;
	pieces->len = at + ((len + 7) & ~7ULL);
	return (char *)(piece + 1);
}

/* How many bytes of a piece were read. */
static __always_inline __u32 go_piece_len(const char *bytes)
{
	return ((const struct piece *)bytes - 1)->len;
}

/* Unrolled: the verifier then sees constant offsets into a piece, and no loop. */
#define go_repeat(i, cnt) _Pragma("unroll") for (i = 0; i < (cnt); i++)

/* The elements of a slice that were read into p. */
#define go_for_each(i, p, stride, limit) \
	_Pragma("unroll") for (i = 0; (p) && i < (limit) && i * (stride) < go_piece_len(p); i++)

/* A pointer, map or chan: size bytes at its address. */
static __reader char *go_follow(struct pieces *pieces, __u32 room, const char *value, __u32 size)
{
	__u64 address = *(const __u64 *)value;

	return address ? go_append(pieces, room, address, size, size) : NULL;
}

/* A string or slice: as many elements as there are, up to limit. */
static __reader char *go_follow_slice(struct pieces *pieces, __u32 room, const char *value,
				      __u32 stride, __u32 limit)
{
	const struct go_bytes *b = (const struct go_bytes *)value;
	__u64 len = b->len;

	if (!len || len > GO_MAX_LEN)
		return NULL;
	if (len > limit)
		len = limit;
	return go_append(pieces, room, b->data, len * stride, limit * stride);
}

/* The elements of a string or slice from start on, up to limit of them. */
static __always_inline char *go_follow_part(struct pieces *pieces, __u32 room, const char *value,
					    __u32 stride, __u32 start, __u32 limit)
{
	const struct go_bytes *b = (const struct go_bytes *)value;
	__u64 len = b->len;

	if (len <= start || len > GO_MAX_LEN)
		return NULL;
	len -= start;
	if (len > limit)
		len = limit;
	return go_append(pieces, room, b->data + (__u64)start * stride, len * stride,
			 limit * stride);
}

/* Whether a string or slice has an element. */
static __always_inline bool go_has(const char *value, __u32 index)
{
	__u64 len = ((const struct go_bytes *)value)->len;

	return index < len && len <= GO_MAX_LEN;
}

/* Of what a pointer, string or slice refers to: size bytes, skip bytes in. */
static __reader char *go_follow_at(struct pieces *pieces, __u32 room, const char *value, __u32 skip,
				   __u32 size)
{
	__u64 address = *(const __u64 *)value;

	return address ? go_append(pieces, room, address + skip, size, size) : NULL;
}

/* The head of the type whose value an interface holds. */
static __reader char *go_follow_type(struct pieces *pieces, __u32 room, const char *value,
				     bool has_tab)
{
	const __u32 size = sizeof(struct go_type_head);
	__u64 type = ((const struct go_iface *)value)->tab;

	if (!type)
		return NULL;
	if (has_tab && go_read_value(&type, type + GO_ITAB_TYPE))
		type = 0;
	return go_append(pieces, room, type, size, size);
}

/*
 * Whether a type is the one with this tag (hash, flags, alignments, kind) and name. Addresses
 * would not do: they differ where the program was loaded elsewhere.
 */
static __always_inline bool go_is_type(const char *head, __u64 tag, __s32 str)
{
	const struct go_type_head *type = (const struct go_type_head *)head;

	return type->words[2] == tag && (__s32)type->words[5] == str;
}

#endif /* __GO_VALUE_BPF_H */
