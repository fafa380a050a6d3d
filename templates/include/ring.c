// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Take records from a BPF ring buffer.
 *
 * libbpf's consumer gives its position back after every record, and the programs read that
 * position to reserve the next one: the two processors then fight over one cache line, which
 * the traced program pays for. This one gives it back after a share of the ring.
 *
 * Source: kernel/bpf/ringbuf.c, struct bpf_ringbuf and struct bpf_ringbuf_hdr.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring.h"

#define BUSY_BIT (1U << 31)
#define DISCARD_BIT (1U << 30)
#define HEADER_SIZE 8
/* Positions are given back whenever this share of the ring has been read. */
#define RELEASE_SHARE 16

int ring_open(struct ring *r, int map_fd, size_t size)
{
	struct epoll_event event = { .events = EPOLLIN };
	void *map;

	memset(r, 0, sizeof(*r));
	r->epoll_fd = -1;
	r->size = size;
	r->page = sysconf(_SC_PAGESIZE);
	map = mmap(NULL, r->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	r->consumer_pos = map;
	/* The data is mapped twice in a row, so that no record is ever split. */
	map = mmap(NULL, r->page + 2 * size, PROT_READ, MAP_SHARED, map_fd, r->page);
	if (map == MAP_FAILED)
		return -errno;
	r->producer_pos = map;
	r->data = (const unsigned char *)map + r->page;
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll_fd < 0 || epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, map_fd, &event))
		return -errno;
	return 0;
}

int ring_wait(struct ring *r, int timeout_ms)
{
	struct epoll_event event;

	/* Not poll(2): that would return at once when records wait that nobody was woken for. */
	return epoll_wait(r->epoll_fd, &event, 1, timeout_ms) < 0 ? -errno : 0;
}

long ring_read(struct ring *r, ring_handler handle, void *ctx)
{
	unsigned long pos = *r->consumer_pos, released = pos, end;
	const unsigned char *header;
	unsigned int len;
	long cnt = 0;
	int err = 0;

	end = __atomic_load_n(r->producer_pos, __ATOMIC_ACQUIRE);
	while (!err && pos < end) {
		header = r->data + (pos & (r->size - 1));
		len = __atomic_load_n((const unsigned int *)header, __ATOMIC_ACQUIRE);
		/* Reserved, not yet submitted: those behind it keep their order. */
		if (len & BUSY_BIT)
			break;
		if (!(len & DISCARD_BIT)) {
			err = handle(ctx, header + HEADER_SIZE, len);
			cnt++;
		}
		len &= ~DISCARD_BIT;
		pos += (HEADER_SIZE + len + 7) / 8 * 8;
		if (pos - released >= r->size / RELEASE_SHARE) {
			__atomic_store_n(r->consumer_pos, pos, __ATOMIC_RELEASE);
			released = pos;
		}
	}
	__atomic_store_n(r->consumer_pos, pos, __ATOMIC_RELEASE);
	return err ? err : cnt;
}

size_t ring_fill(const struct ring *r)
{
	return __atomic_load_n(r->producer_pos, __ATOMIC_ACQUIRE) - *r->consumer_pos;
}

void ring_close(struct ring *r)
{
	if (r->consumer_pos)
		munmap(r->consumer_pos, r->page);
	if (r->producer_pos)
		munmap((void *)r->producer_pos, r->page + 2 * r->size);
	if (r->epoll_fd > 0)
		close(r->epoll_fd);
	r->consumer_pos = NULL;
	r->producer_pos = NULL;
	r->epoll_fd = -1;
}
