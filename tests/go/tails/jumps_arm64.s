// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

#include "textflag.h"

// func tick()
TEXT ·tick(SB), NOSPLIT, $0-0
	MOVD $·ticks(SB), R0
again:
	LDAXR (R0), R1
	ADD   $1, R1, R1
	STLXR R1, (R0), R2
	CBNZ  R2, again
	RET

// func thunk()
TEXT ·thunk(SB), NOSPLIT, $0-0
	B ·landed(SB)
