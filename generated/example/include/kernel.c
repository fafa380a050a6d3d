// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* What this kernel can do, and what this process may do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "tracer.h"
#include "uprobe_multi.h"

static int libbpf_print_fn(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static struct rlimit files_before;

/* Before anything is opened: what the rest relies on. */
void prepare_process(void)
{
	struct rlimit files;
	int fd;

	libbpf_set_print(libbpf_print_fn);
	/* A file must not take the place of a closed standard stream. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	/* Each function needs a few files, more where each probe is one. */
	if (!getrlimit(RLIMIT_NOFILE, &files_before)) {
		files = files_before;
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

void restore_process(void)
{
	if (files_before.rlim_max)
		setrlimit(RLIMIT_NOFILE, &files_before);
}

int load_nothing(enum bpf_attach_type type, __u32 flags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type, .prog_flags = flags);
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "probe_kernel", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &opts);
}

/*
 * Ask by a call that cannot succeed, since "/" is no regular file: EBADF comes from a kernel
 * that looked at the path, EINVAL from one that does not know uprobe_multi. A kernel whose pid
 * filter matches whole processes (6.10, "bpf: fix multi-uprobe PID filtering logic") refuses
 * the pid -1 before it looks at the path.
 */
static int probe_multi(int prog_fd, __s32 pid)
{
	unsigned long offset = 0;
	union uprobe_multi_attr attr = {
		.prog_fd = prog_fd,
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (__u64)(unsigned long)"/",
		.offsets = (__u64)(unsigned long)&offset,
		.cnt = 1,
		.pid = pid,
	};
	int fd;

	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -errno : 0;
}

int probe_kernel(struct kernel *k)
{
	int fd;

	fd = load_nothing(0, 0);
	if (fd < 0)
		return explain_load_error(fd);
	close(fd);

	fd = load_nothing(0, BPF_F_SLEEPABLE);
	k->sleepable = fd >= 0;
	if (fd >= 0)
		close(fd);

	fd = load_nothing((enum bpf_attach_type)TRACE_UPROBE_MULTI, 0);
	if (fd < 0)
		return 0;
	k->multi = probe_multi(fd, 0) == -EBADF;
	k->multi_pid = k->multi && probe_multi(fd, -1) == -EINVAL;
	close(fd);
	return 0;
}

int explain_load_error(int err)
{
	if (err == -EPERM || err == -EACCES) {
		fprintf(stderr,
			"error: the kernel refuses BPF programs: %s - CAP_BPF and CAP_PERFMON are "
			"needed, and kernel lockdown must allow them\n",
			strerror(-err));
		return EXIT_NOT_PERMITTED;
	}
	if (err == -ENOSYS || err == -EINVAL) {
		fprintf(stderr,
			"error: the kernel can't load the programs: %s - Linux 5.17 or newer with "
			"CONFIG_BPF_SYSCALL and CONFIG_UPROBE_EVENTS is needed\n",
			strerror(-err));
		return EXIT_NOT_PERMITTED;
	}
	fprintf(stderr, "error: can't load the programs: %s\n", strerror(-err));
	return EXIT_ERROR;
}
