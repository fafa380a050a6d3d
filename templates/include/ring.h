/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Take records from a BPF ring buffer. */
#ifndef __RING_H
#define __RING_H

#include <stddef.h>

struct ring {
	int epoll_fd;
	size_t size;
	size_t page;
	unsigned long *consumer_pos;
	const unsigned long *producer_pos;
	const unsigned char *data;
};

/* Returns a negative errno, which ends the reading. */
typedef int (*ring_handler)(void *ctx, const void *record, size_t len);

int ring_open(struct ring *r, int map_fd, size_t size);
/* Sleep until the programs ask for us, a signal comes (-EINTR), or the time is over. */
int ring_wait(struct ring *r, int timeout_ms);
/* Hand over what is there; the number of records, or what the handler returned. */
long ring_read(struct ring *r, ring_handler handle, void *ctx);
/* Bytes that wait to be read. */
size_t ring_fill(const struct ring *r);
void ring_close(struct ring *r);

#endif /* __RING_H */
