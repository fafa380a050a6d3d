// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * What gogen never does: a return probe on a Go function.
 *
 *     uretprobe PATH FILE_OFFSET
 *
 * Attaches with the libbpf that tracers are built with, prints "ready:" and waits for the end
 * of standard input.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>

/* /sys/bus/event_source/devices/uprobe/format/retprobe: config:0 */
#define RETPROBE 1

static int uprobe_type(void)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "r");
	int type = -1;

	if (f && fscanf(f, "%d", &type) != 1)
		type = -1;
	if (f)
		fclose(f);
	return type;
}

int main(int argc, char **argv)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct perf_event_attr attr = { .size = sizeof(attr), .config = RETPROBE };
	int prog_fd, perf_fd, link_fd;

	if (argc != 3)
		return 2;
	prog_fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "uretprobe", "GPL", insns, 2, NULL);
	attr.type = uprobe_type();
	attr.config1 = (__u64)(unsigned long)argv[1];
	attr.config2 = strtoull(argv[2], NULL, 0);
	perf_fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	link_fd = bpf_link_create(prog_fd, perf_fd, BPF_PERF_EVENT, NULL);
	if (prog_fd < 0 || perf_fd < 0 || link_fd < 0) {
		fprintf(stderr, "error: can't attach: %s\n", strerror(errno));
		return 1;
	}
	fprintf(stderr, "ready: 1 return probe\n");
	while (getchar() != EOF)
		;
	return 0;
}
