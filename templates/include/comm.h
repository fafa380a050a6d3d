/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Name the threads that records come from. */
#ifndef __COMM_H
#define __COMM_H

#include <sys/types.h>

#include <linux/types.h>

/* TASK_COMM_LEN, with its NUL. */
#define COMM_LEN 16
#define COMM_SLOTS 256

struct comm {
	__u32 tgid;
	__u32 tid;
	__u64 read_ns;
	char name[COMM_LEN];
};

struct comms {
	dev_t dev;
	ino_t ino;
	char binary[COMM_LEN];
	struct comm slots[COMM_SLOTS];
};

/* target_fd: the binary that is traced; binary: its name. */
void comms_init(struct comms *c, int target_fd, const char *binary);
const char *comm_of(struct comms *c, __u32 tgid, __u32 tid, __u64 time_ns);

#endif /* __COMM_H */
