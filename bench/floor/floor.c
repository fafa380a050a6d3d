// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Attach the empty program to a process, exactly as a tracer attaches its own.
 *
 *     floor auto|multi|perf PID PROGRAM ENTRY [RET]...
 *
 * PROGRAM is floor.bpf.o, the others are file offsets. Everything but the program is the
 * tracers' runtime, so that what differs between the two is what the probes do. It prints
 * "ready:" on standard error and detaches when standard input ends.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

#define RETS_MAX 8192

/* The runtime asks it while it waits. */
volatile bool exiting;

int main(int argc, char **argv)
{
	static struct attach_site entry, rets[RETS_MAX];
	struct function function = { .entry_program = "empty", .entry = &entry, .rets = rets };
	struct tracer tracer = { .functions = &function, .function_cnt = 1, .probed_cnt = 1 };
	struct bpf_object *obj = NULL;
	struct kernel kernel = {};
	struct links links = {};
	int i, target_fd, status;
	struct env env = {};
	char byte;

	if (argc < 5 || argc - 5 > RETS_MAX) {
		fprintf(stderr, "Usage: floor auto|multi|perf PID PROGRAM ENTRY [RET]...\n");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "multi"))
		env.attach_mode = ATTACH_MULTI;
	else if (!strcmp(argv[1], "perf"))
		env.attach_mode = ATTACH_PERF;
	env.tgids[env.tgid_cnt++] = atoi(argv[2]);
	entry.file_offset = strtoull(argv[4], NULL, 0);
	for (i = 5; i < argc; i++)
		rets[function.ret_cnt++].file_offset = strtoull(argv[i], NULL, 0);
	if (function.ret_cnt)
		function.ret_program = "empty";
	tracer.site_cnt = 1 + function.ret_cnt;

	target_fd = open_target(&env, &tracer, &status);
	if (target_fd < 0)
		return status;
	status = probe_kernel(&kernel);
	if (status)
		goto cleanup;
	/* The plainest program: it faults nothing in, so it need not be able to sleep. */
	kernel.sleepable = false;

	status = EXIT_ERROR;
	obj = bpf_object__open_file(argv[3], NULL);
	if (!obj)
		goto cleanup;
	prepare_programs(obj, &kernel, env.attach_mode);
	if (bpf_object__load(obj))
		goto cleanup;
	if (attach(&links, obj, &tracer, &env, &kernel, target_fd))
		goto cleanup;
	fprintf(stderr, "ready: %u sites\n", tracer.site_cnt);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	status = EXIT_CLEAN;

cleanup:
	detach(&links);
	bpf_object__close(obj);
	close(target_fd);
	return status;
}
