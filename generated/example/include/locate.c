// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Tell how far the addresses of a stack are from those as linked.
 *
 * A stack begins at a probed instruction, whose address is known. So no process has to be asked
 * where it was loaded, which may be gone by now.
 */
#include <string.h>

#include "tracer.h"

#define PAGE 4096

static bool may_be(const struct attach_site *s, __u64 pc)
{
	return !((pc - s->address) % PAGE) && pc >= s->address;
}

static bool locate(__u64 pc, const struct attach_site *sites, __u32 cnt, __u64 *bias)
{
	__u32 i, found = 0;

	*bias = 0;
	if (!position_independent())
		return true;
	for (i = 0; i < cnt; i++) {
		if (!may_be(&sites[i], pc))
			continue;
		*bias = pc - sites[i].address;
		found++;
	}
	/* Returns that are whole pages apart: no line is better than a wrong one. */
	if (found != 1)
		*bias = 0;
	return found == 1;
}

static bool locate_record(const struct function *f, const struct event_header *hdr, __u64 pc,
			  __u64 *bias)
{
	if (hdr->type == EVENT_RETURN)
		return locate(pc, f->rets, f->ret_cnt, bias);
	return locate(pc, f->entry, 1, bias);
}

bool find_bias(const struct function *f, const struct event_header *hdr, __u64 *bias)
{
	const char *record = (const char *)hdr;
	__u64 pc = 0;

	if (f->pc_at[hdr->type])
		memcpy(&pc, record + f->pc_at[hdr->type], sizeof(pc));
	return locate_record(f, hdr, pc, bias);
}

const struct dictionary *instance_of(const struct function *f, const struct event_header *hdr)
{
	const char *record = (const char *)hdr;
	__u32 low = 0, high = f->dictionary_cnt, middle;
	__u64 address, bias;

	if (!f->dictionary_at[hdr->type] || !find_bias(f, hdr, &bias))
		return NULL;
	memcpy(&address, record + f->dictionary_at[hdr->type], sizeof(address));
	address -= bias;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (f->dictionaries[middle].address == address)
			return &f->dictionaries[middle];
		if (f->dictionaries[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct call_stack *stack_of(const struct function *f, const struct event_header *hdr,
				  struct call_stack *found)
{
	if (!f->stack_at[hdr->type])
		return NULL;
	found->frames = (const void *)((const char *)hdr + f->stack_at[hdr->type]);
	found->located = locate_record(f, hdr, found->frames->pcs[0], &found->bias);
	return found;
}
