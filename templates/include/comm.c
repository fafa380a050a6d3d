// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Name the threads that records come from.
 *
 * bpf_get_current_comm() would cost the traced program a sixth of a record, on every hit, for a
 * name that hardly ever changes. It is read from /proc here, once a second and thread. A thread
 * that has ended had its process's name most likely; a process that has ended, its binary's.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "comm.h"

#define REFRESH_NS 1000000000LL

void comms_init(struct comms *c, int target_fd, const char *binary)
{
	struct stat st = {};

	memset(c, 0, sizeof(*c));
	fstat(target_fd, &st);
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	/* As execve() names a process. */
	snprintf(c->binary, sizeof(c->binary), "%.*s", COMM_LEN - 1, binary);
}

/* The programs see the host's process numbers, /proc may have others: is this our binary's? */
static bool is_ours(const struct comms *c, __u32 tgid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
	return !stat(path, &st) && st.st_dev == c->dev && st.st_ino == c->ino;
}

static bool read_name(const char *path, char *name)
{
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, name, COMM_LEN);
	close(fd);
	if (len < 1)
		return false;
	/* The last byte is the file's newline, not the name's. */
	name[len - 1] = '\0';
	return true;
}

static void read_comm(const struct comms *c, struct comm *slot)
{
	char path[64];

	strcpy(slot->name, c->binary);
	if (!is_ours(c, slot->tgid))
		return;
	snprintf(path, sizeof(path), "/proc/%u/task/%u/comm", slot->tgid, slot->tid);
	if (read_name(path, slot->name))
		return;
	snprintf(path, sizeof(path), "/proc/%u/comm", slot->tgid);
	if (!read_name(path, slot->name))
		strcpy(slot->name, c->binary);
}

const char *comm_of(struct comms *c, __u32 tgid, __u32 tid, __u64 time_ns)
{
	struct comm *slot = &c->slots[tid % COMM_SLOTS];

	/* Signed: records of different processors come out of order. */
	if (slot->tgid == tgid && slot->tid == tid && (__s64)(time_ns - slot->read_ns) < REFRESH_NS)
		return slot->name;
	slot->tgid = tgid;
	slot->tid = tid;
	slot->read_ns = time_ns;
	read_comm(c, slot);
	return slot->name;
}
