/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Walk a goroutine's stack by its frame pointers.
 *
 * Not bpf_get_stack(): it takes the frame pointer for that of the probed function, which has none
 * yet at its entry and none any more at RET, and so leaves out the direct caller. A probe sits
 * where the function's frame is not there: the return address is where the call left it, and
 * the frame pointer is the caller's.
 *
 * Frames are chained alike on both machines: a frame pointer leads to the one of the caller's
 * frame, and next to that is the return address. Go's linker makes every frame so since Go 1.12
 * (cmd/internal/obj/x86/obj6.go, arm64/obj7.go); the runtime moves the chain along when it copies
 * a stack, and begins it with 0 where a goroutine begins (runtime.newproc1).
 */
#ifndef __GO_STACK_BPF_H
#define __GO_STACK_BPF_H

#include "stack.h"

struct go_frame {
	__u64 fp;
	__u64 pc;
};

/*
 * A function of its own, with its own small stack: see go_value.bpf.h. The chain may only lead
 * up, and not beyond stack.hi: so it ends where the runtime changed stacks, and however broken
 * it is.
 */
static __noinline __attribute__((unused)) void go_walk_stack(struct pt_regs *ctx,
							     struct go_stack *stack)
{
	/* arm64 keeps the caller's frame pointer right below the stack pointer. */
	__u64 fp = GO_FP(ctx), low = GO_SP(ctx) - 8, hi;
	struct go_frame frame;
	__u32 i;

	stack->cnt = 1;
	stack->cut = true;
	stack->pcs[0] = GO_PC(ctx);
	if (GO_RETURN_ADDRESS(ctx, &stack->pcs[1]) || go_read_value(&hi, GO_G(ctx) + GO_G_STACK_HI))
		return;
		/* Unrolled, this would be sixty times as long. */
#pragma clang loop unroll(disable)
	for (i = 2; i < GO_STACK_MAX; i++) {
		if (!fp || fp & 7 || fp < low || fp > hi - sizeof(frame) ||
		    go_read_value(&frame, fp))
			break;
		/* An index, not a moving pointer: the verifier knows it in every turn. */
		barrier_var(i);
		stack->pcs[i] = frame.pc;
		low = fp + sizeof(frame);
		fp = frame.fp;
	}
	stack->cnt = i;
	stack->cut = fp != 0;
}

#endif /* __GO_STACK_BPF_H */
