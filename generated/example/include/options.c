// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* The command line, and the options that need neither a binary nor a kernel. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

enum {
	OPT_FORMAT = 256,
	OPT_DURATION,
	OPT_COUNT,
	OPT_OVERHEAD,
	OPT_CHECK,
	OPT_LIST,
	OPT_STRICT,
	OPT_VERSION,
	OPT_ATTACH,
	OPT_RING,
};

static const struct option options[] = {
	{ "pid", required_argument, NULL, 'p' },
	{ "binary", required_argument, NULL, 'b' },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "output", required_argument, NULL, 'o' },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "max-overhead", required_argument, NULL, OPT_OVERHEAD },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ "ring-bytes", required_argument, NULL, OPT_RING },
	/* For tests and measurements. */
	{ "debug-attach", required_argument, NULL, OPT_ATTACH },
	{},
};

static const char usage[] =
	"Usage: %s [OPTION]... [-- COMMAND ARG...]\n"
	"Trace %u functions of the Go program %s (%s).\n"
	"\n"
	"  -p, --pid PID        trace this process (repeatable); default: all that run the binary\n"
	"  -b, --binary PATH    the binary; default: that of --pid, or of a running process\n"
	"      --format FORMAT  text (default on a terminal), json, or folded: calls by stack, for\n"
	"                       flame graphs, once the trace ends\n"
	"  -o, --output FILE    write records to FILE instead of standard output\n"
	"      --duration SECS  stop after this many seconds\n"
	"      --count N        stop after N records\n"
	"      --max-overhead PERCENT  of one processor that probes may take: the costliest\n"
	"                       functions are detached\n"
	"      --ring-bytes BYTES  where records wait for the loader; default 1048576: more, and\n"
	"                       fewer are lost when very many come\n"
	"      --strict         exit with status 5 when records were lost\n"
	"      --check          verify binary, kernel and privileges; load and attach nothing\n"
	"      --list           print every probe and where it sits\n"
	"      --version        print what this tracer was made from\n"
	"  -h, --help           print this\n"
	"  -- COMMAND ARG...    start this command, and trace it from its first instruction\n"
	"\n"
	"Exit status: 0 clean, 1 error, 2 usage, 3 not the binary this tracer was built for,\n"
	"4 kernel or privileges do not suffice, 5 records were lost (--strict);\n"
	"with COMMAND, where that would be 0, the command's own, or 128 and the signal it died of.\n";

static int bad_usage(const char *option, const char *arg, const char *expected)
{
	fprintf(stderr, "error: %s %s: expected %s\n", option, arg, expected);
	return EXIT_USAGE;
}

static bool parse_number(const char *arg, __u64 max, __u64 *v)
{
	char *end;

	errno = 0;
	*v = strtoull(arg, &end, 10);
	return !errno && end != arg && !*end && arg[0] != '-' && *v && *v <= max;
}

static bool parse_positive(const char *arg, double *v)
{
	char *end;

	errno = 0;
	*v = strtod(arg, &end);
	return !errno && end != arg && !*end && *v > 0 && *v < 1e9;
}

static int add_pid(struct env *env, const char *arg)
{
	__u64 v;

	if (!parse_number(arg, 1 << 22, &v))
		return bad_usage("--pid", arg, "a process id");
	if (env->tgid_cnt == TARG_TGIDS_MAX)
		return bad_usage("--pid", arg,
				 "at most 16 processes; without --pid all are traced");
	env->tgids[env->tgid_cnt++] = v;
	return 0;
}

static int parse_option(struct env *env, int opt, const char *arg)
{
	__u64 v;

	switch (opt) {
	case 'p':
		return add_pid(env, arg);
	case 'b':
		env->binary = arg;
		return 0;
	case 'o':
		env->output = arg;
		return 0;
	case OPT_FORMAT:
		env->json = !strcmp(arg, "json");
		env->folded = !strcmp(arg, "folded");
		if (!env->json && !env->folded && strcmp(arg, "text"))
			return bad_usage("--format", arg, "text, json or folded");
		return 0;
	case OPT_DURATION:
		if (!parse_positive(arg, &env->duration))
			return bad_usage("--duration", arg, "seconds, such as 2.5");
		return 0;
	case OPT_COUNT:
		if (!parse_number(arg, ~0ULL, &env->count))
			return bad_usage("--count", arg, "a number of records");
		return 0;
	case OPT_OVERHEAD:
		if (!parse_positive(arg, &env->max_overhead))
			return bad_usage("--max-overhead", arg, "a percentage, such as 5");
		return 0;
	case OPT_CHECK:
		env->check = true;
		return 0;
	case OPT_LIST:
		env->list = true;
		return 0;
	case OPT_STRICT:
		env->strict = true;
		return 0;
	case OPT_VERSION:
		env->version = true;
		return 0;
	case OPT_ATTACH:
		env->attach_mode = !strcmp(arg, "multi") ? ATTACH_MULTI : ATTACH_PERF;
		if (env->attach_mode == ATTACH_PERF && strcmp(arg, "perf"))
			return bad_usage("--debug-attach", arg, "multi or perf");
		return 0;
	case OPT_RING:
		if (!parse_number(arg, 1 << 30, &v) || v & (v - 1) || v < (__u64)getpagesize())
			return bad_usage("--ring-bytes", arg, "a power of two, a page or more");
		env->ring_bytes = v;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

static bool has_stacks(const struct tracer *t)
{
	__u32 i;

	for (i = 0; i < t->function_cnt; i++) {
		if (t->functions[i].stack_at[EVENT_CALL] || t->functions[i].stack_at[EVENT_ENTRY] ||
		    t->functions[i].stack_at[EVENT_RETURN])
			return true;
	}
	return false;
}

int parse_options(struct env *env, const struct tracer *t, int argc, char **argv)
{
	bool format_given = false;
	int opt, err;

	while ((opt = getopt_long(argc, argv, "+p:b:o:h", options, NULL)) != -1) {
		if (opt == 'h') {
			printf(usage, t->name, t->function_cnt, t->binary, t->go_version);
			return -1;
		}
		format_given |= opt == OPT_FORMAT;
		err = parse_option(env, opt, optarg);
		if (err) {
			fprintf(stderr, "Try '%s --help'.\n", t->name);
			return err;
		}
	}
	if (env->folded && !has_stacks(t)) {
		fprintf(stderr,
			"error: --format folded: this tracer records no stacks - build it with stack = true "
			"in a [[function]]\n");
		return EXIT_USAGE;
	}
	if (!format_given)
		env->json = env->output || !isatty(STDOUT_FILENO);
	if (!strcmp(argv[optind - 1], "--") && optind == argc) {
		fprintf(stderr, "error: nothing behind --: expected a command\n");
		return EXIT_USAGE;
	}
	if (optind < argc && strcmp(argv[optind - 1], "--")) {
		fprintf(stderr, "error: unexpected argument %s - did you mean --pid %s?\n",
			argv[optind], argv[optind]);
		return EXIT_USAGE;
	}
	if (optind < argc && env->tgid_cnt) {
		fprintf(stderr, "error: --pid %u and a command: expected one of them\n",
			env->tgids[0]);
		return EXIT_USAGE;
	}
	if (optind < argc)
		env->command = &argv[optind];
	return 0;
}

int open_output(const struct env *env)
{
	int fd = STDOUT_FILENO;

	if (env->output)
		fd = open(env->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		fprintf(stderr, "error: %s: %s\n", env->output, strerror(errno));
	return fd;
}

void print_version(const struct tracer *t)
{
	printf("%s, a tracer generated by gogen %s\n", t->name, t->gogen_version);
	printf("binary      %s (%s, %s)\n", t->binary, t->go_version, t->machine);
	if (*t->gnu_build_id)
		printf("build ID    %s\n", t->gnu_build_id);
	if (*t->go_build_id)
		printf("Go build ID %s\n", t->go_build_id);
	printf("spec        sha256 %s\n", t->spec_digest);
}
