// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Have the kernel's waits pass while the programs are loaded.
 *
 * A perf event for a uprobe waits for two RCU grace periods, one after the other, when it is the
 * first for a while; each takes one or two ticks and more, and those that follow wait for none:
 *
 * - uprobes are registered under a per-CPU semaphore, whose first writer waits for its readers
 *   (kernel/events/uprobes.c, register_for_each_vma(); kernel/rcu/sync.c)
 * - the first event of a task turns on the scheduler's hooks for all of them
 *   (kernel/events/core.c, account_event())
 *
 * So two helpers open an event each, side by side, that waits for one of these: a uprobe in a
 * file that nobody has mapped, which puts no breakpoint anywhere, and a dummy of the helper's
 * own. They are processes and not threads: capabilities and namespaces stay this process's own
 * affair, and nobody waits while such events are closed, which takes longer than opening them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "tracer.h"

/* linux/memfd.h, MFD_NOEXEC_SEAL */
#define NOEXEC_SEAL 8U

static int release_fd = -1;

static int open_event(struct perf_event_attr *attr, pid_t pid, int cpu)
{
	attr->size = sizeof(*attr);
	attr->disabled = 1;
	return syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int open_dummy(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
	};

	return open_event(&attr, 0, -1);
}

int open_unmapped_uprobe(void)
{
	struct perf_event_attr attr = {};
	int fd, event = -1;
	char path[64];
	FILE *type;

	type = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	if (!type)
		return -1;
	if (fscanf(type, "%u", &attr.type) != 1)
		attr.type = PERF_TYPE_SOFTWARE;
	fclose(type);
	/* Since 6.3 the kernel wants to be told that it will not be run; older ones don't know how. */
	fd = memfd_create("unmapped", MFD_CLOEXEC | NOEXEC_SEAL);
	if (fd < 0)
		fd = memfd_create("unmapped", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!ftruncate(fd, getpagesize())) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		attr.uprobe_path = (__u64)(unsigned long)path;
		event = open_event(&attr, -1, 0);
	}
	close(fd);
	return event;
}

static int (*const opens[])(void) = { open_unmapped_uprobe, open_dummy };
#define HELPER_CNT (sizeof(opens) / sizeof(opens[0]))
static pid_t helpers[HELPER_CNT];

static void help(int (*open)(void), int wait_fd)
{
	char byte;

	/* Who reads our output until its end must not wait for a helper's. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	open();
	while (read(wait_fd, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

void hasten_attach(const struct kernel *k, const struct env *env)
{
	int fds[2];
	size_t i;

	/* A link waits for one of them only, and registers all its uprobes at once. */
	if (uses_multi(k, env->attach_mode) || pipe2(fds, O_CLOEXEC))
		return;
	for (i = 0; i < HELPER_CNT; i++) {
		/* fork(), but without a signal at its end: SIGCHLD and wait() are for the command. */
		helpers[i] = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
		if (!helpers[i]) {
			close(fds[1]);
			help(opens[i], fds[0]);
		}
	}
	close(fds[0]);
	release_fd = fds[1];
}

void end_hasten(void)
{
	if (release_fd >= 0)
		close(release_fd);
	release_fd = -1;
}

/* Never waits: called now and then, until they are gone. */
void reap_helpers(void)
{
	size_t i;

	for (i = 0; i < HELPER_CNT; i++) {
		if (helpers[i] > 0 && waitpid(helpers[i], NULL, WNOHANG | __WALL) != 0)
			helpers[i] = 0;
	}
}
