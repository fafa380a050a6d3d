// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// func asmAdd(a, b int) int
TEXT ·asmAdd(SB), 4, $0-24
	MOVQ a+0(FP), AX
	ADDQ b+8(FP), AX
	MOVQ AX, ret+16(FP)
	RET
