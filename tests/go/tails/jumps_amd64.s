// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

#include "textflag.h"

// func tick()
TEXT ·tick(SB), NOSPLIT, $0-0
	LOCK
	INCQ ·ticks(SB)
	RET

// func thunk()
TEXT ·thunk(SB), NOSPLIT, $0-0
	JMP ·landed(SB)
