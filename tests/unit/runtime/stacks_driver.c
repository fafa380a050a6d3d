// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Run what the loader does with stacks, outside of a tracer.
 *
 *     fold CALLS DISTINCT     count that many calls of that many stacks
 *     locate PC SITE...       the bias of a record of a return, in a position-independent binary
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tracer.h"

#define SITES_MAX 8

static const volatile bool exiting_now;

static void fold(unsigned long calls, unsigned long distinct)
{
	struct go_stack frames = { .cnt = 3 };
	struct call_stack stack = { .frames = &frames };
	static struct out out;
	unsigned long i;

	out_init(&out, STDOUT_FILENO, false, &exiting_now);
	for (i = 0; i < calls; i++) {
		frames.pcs[0] = 0x10;
		frames.pcs[1] = 0x1000 + i % distinct;
		frames.pcs[2] = 0x20;
		frames.cut = i % distinct == 1;
		fold_stack(&stack);
	}
	print_folded(&out);
}

static void locate(int cnt, char **numbers)
{
	struct {
		struct event_header hdr;
		struct go_stack stack;
	} record = { .hdr.type = EVENT_RETURN, .stack.cnt = 1 };
	struct attach_site rets[SITES_MAX] = {};
	struct function f = {
		.rets = rets,
		.stack_at[EVENT_RETURN] = sizeof(record.hdr),
	};
	struct call_stack found;
	int i;

	/* This program is itself position-independent. */
	if (!open_image(open("/proc/self/exe", O_RDONLY)) || !position_independent())
		exit(2);
	record.stack.pcs[0] = strtoull(numbers[0], NULL, 0);
	for (i = 1; i < cnt && i <= SITES_MAX; i++)
		rets[f.ret_cnt++].address = strtoull(numbers[i], NULL, 0);
	stack_of(&f, &record.hdr, &found);
	if (found.located)
		printf("0x%llx\n", found.bias);
	else
		printf("unknown\n");
}

int main(int argc, char **argv)
{
	if (argc == 4 && argv[1][0] == 'f')
		fold(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	else if (argc > 3)
		locate(argc - 2, argv + 2);
	else
		return 2;
	return 0;
}
