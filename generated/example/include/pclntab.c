// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Read Go's function table, as it is in the file: a stack asks for a few places of many, and a
 * file that changes under us then gives a wrong line at worst.
 *
 * Layouts: Go's runtime/symtab.go (pcHeader, functab, _func, pcvalue) and runtime/symtabinl.go
 * (inlinedCall), of Go 1.18 (magic 0xfffffff0) and since 1.20 (0xfffffff1).
 */
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

#define FUNCS_MAX (1 << 24)
#define NAME_MAX_LEN 4096
/* Rows of a table of values: more than any function has, and not for ever. */
#define ROWS_MAX (1 << 20)

#define MAGIC_GO118 0xfffffff0
#define MAGIC_GO120 0xfffffff1

#define PCDATA_INL_TREE_INDEX 2
#define FUNCDATA_INL_TREE 3
#define NO_FUNCDATA 0xffffffff

struct pc_header {
	__u32 magic;
	__u8 pad[2];
	__u8 quantum;
	__u8 pointer_size;
	__u64 func_cnt;
	__u64 file_cnt;
	__u64 text;
	/* from the header on, and in this order */
	__u64 names;
	__u64 units;
	__u64 files;
	__u64 values;
	__u64 functab;
};

struct functab_row {
	__u32 entry;
	__u32 func;
};

/* runtime._func up to cuOffset; startLine comes behind it since Go 1.20, then four bytes. */
struct raw_func {
	__u32 entry;
	__s32 name;
	__s32 args;
	__u32 deferreturn;
	__u32 pcsp;
	__u32 pcfile;
	__u32 pcln;
	__u32 npcdata;
	__u32 unit;
};

struct func {
	struct raw_func raw;
	__u64 size;
	__u32 tree_index; /* the table that tells an instruction's row of the inline tree */
	__u32 tree; /* NO_FUNCDATA: nothing was inlined */
	__u8 id;
};

static struct {
	bool opened;
	struct symbol_tables at;
	struct pc_header header;
} binary;

bool open_symbols(int fd, const struct symbol_tables *tables)
{
	struct pc_header *h = &binary.header;

	binary.at = *tables;
	binary.opened = open_image(fd) && read_whole(h, sizeof(*h), tables->pclntab) &&
			(h->magic == MAGIC_GO118 || h->magic == MAGIC_GO120) && h->quantum &&
			h->func_cnt <= FUNCS_MAX && h->names < h->units && h->units <= h->files &&
			h->files <= h->values && h->values <= h->functab;
	return binary.opened;
}

static bool read_row(__u32 index, struct functab_row *row)
{
	return read_whole(row, sizeof(*row),
			  binary.at.pclntab + binary.header.functab + index * sizeof(*row));
}

/* The last row has an address alone: where the last function ends. */
static bool read_entry(__u32 index, __u32 *entry)
{
	return read_whole(entry, sizeof(*entry),
			  binary.at.pclntab + binary.header.functab +
				  index * sizeof(struct functab_row));
}

static bool read_tail(struct func *f, __u64 at)
{
	__u32 start_line = binary.header.magic == MAGIC_GO120 ? sizeof(__u32) : 0;
	__u8 tail[4]; /* funcID, flag, padding, nfuncdata */

	at += sizeof(f->raw) + start_line;
	if (!read_whole(tail, sizeof(tail), at))
		return false;
	at += sizeof(tail);
	f->id = tail[0];
	f->tree_index = 0;
	f->tree = NO_FUNCDATA;
	if (!binary.at.gofunc || f->raw.npcdata <= PCDATA_INL_TREE_INDEX ||
	    tail[3] <= FUNCDATA_INL_TREE)
		return true;
	return read_whole(&f->tree_index, sizeof(f->tree_index),
			  at + PCDATA_INL_TREE_INDEX * sizeof(__u32)) &&
	       read_whole(&f->tree, sizeof(f->tree),
			  at + ((__u64)f->raw.npcdata + FUNCDATA_INL_TREE) * sizeof(__u32));
}

/* The function that holds an address; into is how far in it is. */
static bool find_func(__u64 address, struct func *f, __u64 *into)
{
	__u64 at, from_text = address - binary.at.text;
	__u32 low = 0, high = binary.header.func_cnt, middle, first, end;
	struct functab_row row;

	if (!binary.opened || address < binary.at.text || !read_entry(low, &first) ||
	    !read_entry(high, &end) || from_text < first || from_text >= end)
		return false;
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (!read_entry(middle, &first))
			return false;
		if (first <= from_text)
			low = middle;
		else
			high = middle;
	}
	if (!read_row(low, &row) || !read_entry(low + 1, &end) || from_text < row.entry ||
	    end <= row.entry)
		return false;
	*into = from_text - row.entry;
	f->size = end - row.entry;
	at = binary.at.pclntab + binary.header.functab + row.func;
	return read_whole(&f->raw, sizeof(f->raw), at) && read_tail(f, at);
}

/* The varints of a table of values, a buffer at a time. */
struct values {
	__u64 address;
	size_t len;
	size_t at;
	__u8 buf[256];
};

static bool next_varint(struct values *v, __u32 *value)
{
	int shift;

	*value = 0;
	for (shift = 0; shift < 35; shift += 7) {
		if (v->at == v->len) {
			v->len = read_some(v->buf, sizeof(v->buf), v->address);
			v->address += v->len;
			v->at = 0;
			if (!v->len)
				return false;
		}
		*value |= (__u32)(v->buf[v->at] & 0x7f) << shift;
		if (v->buf[v->at++] < 0x80)
			return true;
	}
	return false;
}

/* What a table says of the instruction so far into a function; -1 when nothing. */
static __s32 value_at(const struct func *f, __u32 table, __u64 into)
{
	struct values v = { .address = binary.at.pclntab + binary.header.values + table };
	__u32 change, steps, value = -1;
	__u64 reached = 0;
	int i;

	if (!table)
		return -1;
	for (i = 0; i < ROWS_MAX && reached < f->size; i++) {
		if (!next_varint(&v, &change) || (!change && reached) || !next_varint(&v, &steps) ||
		    !steps)
			return -1;
		value += change & 1 ? ~(change >> 1) : change >> 1;
		reached += (__u64)steps * binary.header.quantum;
		if (into < reached)
			return value;
	}
	return -1;
}

/*
 * A string of one of the tables, which lie between two places of the header. It comes from a
 * file that anybody may have written, and goes to terminals: no byte of it is left to obey.
 */
static char *read_string(__u64 from, __u64 to, __u64 offset)
{
	char buf[NAME_MAX_LEN + 1];
	size_t len, i;

	if (offset >= to - from)
		return strdup("?");
	len = to - from - offset < NAME_MAX_LEN ? to - from - offset : NAME_MAX_LEN;
	buf[read_some(buf, len, binary.at.pclntab + from + offset)] = '\0';
	len = strlen(buf);
	for (i = 0; i < len; i++) {
		/* U+0080 to U+009F are control characters, too. */
		if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f ||
		    (buf[i] == '\xc2' && (unsigned char)buf[i + 1] < 0xa0))
			buf[i] = '?';
	}
	return strdup(len ? buf : "?");
}

static char *read_name(__s32 offset)
{
	const struct pc_header *h = &binary.header;

	return read_string(h->names, h->units, (__u32)offset);
}

/* A file is an index into the list of its unit, which says where its name is. */
static char *read_file(const struct func *f, __s32 number)
{
	const struct pc_header *h = &binary.header;
	__u64 at = h->units + ((__u64)f->raw.unit + (__u32)number) * sizeof(__u32);
	__u32 offset;

	if (number < 0 || at + sizeof(offset) > h->files ||
	    !read_whole(&offset, sizeof(offset), binary.at.pclntab + at))
		return strdup("?");
	return read_string(h->files, h->values, offset);
}

static void place(struct symbol *s, const struct func *f, __u64 into, __u64 entry)
{
	__s32 line = value_at(f, f->raw.pcln, into);

	s->file = read_file(f, value_at(f, f->raw.pcfile, into));
	s->line = line < 0 ? 0 : line;
	s->entry = entry;
}

struct inlined_call {
	__u8 id;
	__s32 name;
	__s32 parent_pc;
};

static bool read_inlined(const struct func *f, __s32 index, struct inlined_call *call)
{
	bool old = binary.header.magic == MAGIC_GO118;
	/* parent and funcID, file, line, name, parentPc; or funcID, name, parentPc, startLine */
	size_t size = old ? 20 : 16;
	char row[20];

	if (!read_whole(row, size, binary.at.gofunc + f->tree + index * (__u64)size))
		return false;
	call->id = row[old ? 2 : 0];
	memcpy(&call->name, row + (old ? 12 : 4), sizeof(call->name));
	memcpy(&call->parent_pc, row + (old ? 16 : 8), sizeof(call->parent_pc));
	return true;
}

int find_symbols(__u64 address, struct symbol *symbols)
{
	struct inlined_call call;
	struct func f;
	int cnt = 0, i;
	__u64 into, entry;
	__s32 index;

	if (!find_func(address, &f, &into))
		return 0;
	entry = address - into;
	while (f.tree != NO_FUNCDATA && cnt < SYMBOLS_MAX - 1) {
		index = value_at(&f, f.tree_index, into);
		if (index < 0 || !read_inlined(&f, index, &call))
			break;
		symbols[cnt].function = read_name(call.name);
		symbols[cnt].inlined = true;
		symbols[cnt].wrapper = call.id == binary.at.wrapper;
		place(&symbols[cnt++], &f, into, entry);
		/* It was called from there; the callers' line and file are those of that place. */
		into = (__u32)call.parent_pc;
	}
	symbols[cnt].function = read_name(f.raw.name);
	symbols[cnt].inlined = false;
	symbols[cnt].wrapper = f.id == binary.at.wrapper;
	place(&symbols[cnt++], &f, into, entry);
	for (i = 0; i < cnt; i++) {
		if (!symbols[i].function || !symbols[i].file) {
			free_symbols(symbols, cnt);
			return 0;
		}
	}
	return cnt;
}

void free_symbols(struct symbol *symbols, int cnt)
{
	int i;

	for (i = 0; i < cnt; i++) {
		free(symbols[i].function);
		free(symbols[i].file);
	}
}
