// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Tell how far the addresses of a stack are from those as linked.
 *
 * A stack begins at a probed instruction, whose address is known. So no process has to be asked
 * where it was loaded, which may be gone by now.
 */
#include "tracer.h"

#define PAGE 4096

static bool may_be(const struct attach_site *s, __u64 pc)
{
	return !((pc - s->address) % PAGE) && pc >= s->address;
}

static void locate(struct call_stack *stack, const struct attach_site *sites, __u32 cnt)
{
	__u64 pc = stack->frames->pcs[0];
	__u32 i, found = 0;

	if (!position_independent()) {
		stack->located = true;
		return;
	}
	for (i = 0; i < cnt; i++) {
		if (!may_be(&sites[i], pc))
			continue;
		stack->bias = pc - sites[i].address;
		found++;
	}
	/* Returns that are whole pages apart: no line is better than a wrong one. */
	stack->located = found == 1;
	if (!stack->located)
		stack->bias = 0;
}

const struct call_stack *stack_of(const struct function *f, const struct event_header *hdr,
				  struct call_stack *found)
{
	if (!f->stack_at[hdr->type])
		return NULL;
	found->frames = (const void *)((const char *)hdr + f->stack_at[hdr->type]);
	found->bias = 0;
	if (hdr->type == EVENT_RETURN)
		locate(found, f->rets, f->ret_cnt);
	else
		locate(found, f->entry, 1);
	return found;
}
