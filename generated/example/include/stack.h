/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The part of a record that says where its call came from. */
#ifndef __STACK_H
#define __STACK_H

#include "event.h"

/* Functions compiled into others share a frame: 64 frames are more calls than that. */
#define GO_STACK_MAX 64

struct go_stack {
	__u32 cnt;
	__u32 cut; /* there was more, or it could not be read */
	__u64 pcs[GO_STACK_MAX]; /* the probed instruction, then return addresses */
};

#endif /* __STACK_H */
