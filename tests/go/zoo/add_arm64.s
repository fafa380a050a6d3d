// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// func asmAdd(a, b int) int
TEXT ·asmAdd(SB), 4, $0-24
	MOVD a+0(FP), R0
	MOVD b+8(FP), R1
	ADD R1, R0
	MOVD R0, ret+16(FP)
	RET
