// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Load every program of every BPF object named, as a tracer would, and forget it again.
 * Prints a line for each object: its name and how many programs it has, or what the verifier says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

static char said[1 << 16];

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t at = strlen(said);

	if (level == LIBBPF_WARN)
		vsnprintf(said + at, sizeof(said) - at, format, args);
	return 0;
}

/* The programs loaded, or -1. */
static int load(const char *path, __u32 flags)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	int cnt = 0;

	obj = bpf_object__open(path);
	if (!obj)
		return -1;
	bpf_object__for_each_program(prog, obj) {
		bpf_program__set_flags(prog, flags);
		cnt++;
	}
	if (bpf_object__load(obj))
		cnt = -1;
	bpf_object__close(obj);
	return cnt;
}

int main(int argc, char **argv)
{
	int i, plain, sleepable;

	libbpf_set_print(keep);
	for (i = 1; i < argc; i++) {
		*said = '\0';
		plain = load(argv[i], 0);
		sleepable = load(argv[i], BPF_F_SLEEPABLE);
		if (plain < 0 || sleepable < 0)
			printf("%s: refused\n%s\n", argv[i], said);
		else
			printf("%s: %d\n", argv[i], plain);
	}
	return 0;
}
