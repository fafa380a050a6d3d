/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Go's register ABI (ABIInternal), as seen by a uprobe.
 *
 * GO_I0(ctx) is the integer register that Go's ABI calls I0, so that the accessor, the ABI dump
 * and the comment above a handler say the same word. (Other tracers write GO_PARAM1(ctx) for it,
 * which misleads as soon as a string takes two registers.) Float registers are not in pt_regs.
 *
 * Source: Go's abi-internal.md, sections "amd64 architecture" and "arm64 architecture".
 */
#ifndef __GO_ABI_BPF_H
#define __GO_ABI_BPF_H

/*
 * The verifier takes only loads at a constant offset from ctx itself. The barrier keeps clang
 * from sharing ctx + offset, computed once, between several loads, as clang 14 does.
 */
#define GO_REG(ctx, reg)                        \
	({                                      \
		struct pt_regs *__regs = (ctx); \
		barrier_var(__regs);            \
		__regs->reg;                    \
	})

#if defined(__TARGET_ARCH_x86)

#define GO_I0(ctx) GO_REG(ctx, ax)
#define GO_I1(ctx) GO_REG(ctx, bx)
#define GO_I2(ctx) GO_REG(ctx, cx)
#define GO_I3(ctx) GO_REG(ctx, di)
#define GO_I4(ctx) GO_REG(ctx, si)
#define GO_I5(ctx) GO_REG(ctx, r8)
#define GO_I6(ctx) GO_REG(ctx, r9)
#define GO_I7(ctx) GO_REG(ctx, r10)
#define GO_I8(ctx) GO_REG(ctx, r11)

/* The current goroutine, a runtime.g. */
#define GO_G(ctx) GO_REG(ctx, r14)
#define GO_SP(ctx) GO_REG(ctx, sp)
#define GO_PC(ctx) GO_REG(ctx, ip)
#define GO_FP(ctx) GO_REG(ctx, bp)
/* Where there is no frame, at entry and at RET; 0, or a negative errno. */
#define GO_RETURN_ADDRESS(ctx, address) go_read(address, 8, GO_SP(ctx))
/* The closure, until its function's body begins. */
#define GO_CONTEXT(ctx) GO_REG(ctx, dx)

/*
 * At the stack check's last branch (jbe): taken, with CF or ZF set, the stack grows and the
 * check runs again; only a branch that is not taken is a call.
 */
#define GO_STACK_CHECK_PASSED(ctx) ((GO_REG(ctx, flags) & 0x41) == 0)

#elif defined(__TARGET_ARCH_arm64)

#define GO_I0(ctx) GO_REG(ctx, regs[0])
#define GO_I1(ctx) GO_REG(ctx, regs[1])
#define GO_I2(ctx) GO_REG(ctx, regs[2])
#define GO_I3(ctx) GO_REG(ctx, regs[3])
#define GO_I4(ctx) GO_REG(ctx, regs[4])
#define GO_I5(ctx) GO_REG(ctx, regs[5])
#define GO_I6(ctx) GO_REG(ctx, regs[6])
#define GO_I7(ctx) GO_REG(ctx, regs[7])
#define GO_I8(ctx) GO_REG(ctx, regs[8])
#define GO_I9(ctx) GO_REG(ctx, regs[9])
#define GO_I10(ctx) GO_REG(ctx, regs[10])
#define GO_I11(ctx) GO_REG(ctx, regs[11])
#define GO_I12(ctx) GO_REG(ctx, regs[12])
#define GO_I13(ctx) GO_REG(ctx, regs[13])
#define GO_I14(ctx) GO_REG(ctx, regs[14])
#define GO_I15(ctx) GO_REG(ctx, regs[15])

#define GO_G(ctx) GO_REG(ctx, regs[28])
#define GO_SP(ctx) GO_REG(ctx, sp)
#define GO_PC(ctx) GO_REG(ctx, pc)
#define GO_FP(ctx) GO_REG(ctx, regs[29])
#define GO_RETURN_ADDRESS(ctx, address) (*(address) = GO_REG(ctx, regs[30]), 0)
#define GO_CONTEXT(ctx) GO_REG(ctx, regs[26])

/* b.ls is taken when C is clear or Z is set. */
#define GO_STACK_CHECK_PASSED(ctx) ((GO_REG(ctx, pstate) & 0x60000000) == 0x20000000)

#endif

/*
 * Address of a stack-assigned value: offset counts from the start of the stack sequence, one
 * word above SP both at entry and at RET (on amd64 that word is the return address, on arm64
 * the saved link register).
 */
#define GO_STACK(ctx, offset) (GO_SP(ctx) + 8 + (offset))

/* Address of a variable that a closure captured: offset counts from the closure. */
#define GO_CLOSURE(ctx, offset) (GO_CONTEXT(ctx) + (offset))

/* A register's share of a value: a word of that type, offset bytes into the value. */
#define GO_WORD(type, value, offset) (*(type *)((char *)(value) + (offset)))

#endif /* __GO_ABI_BPF_H */
