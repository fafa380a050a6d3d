// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Run a program as an ordinary user who has the capabilities named, and can't get others; as
 * setpriv(1) of util-linux does, of which busybox has a part.
 *
 *     nobody [[all,]CAPABILITY[,CAPABILITY...]] -- PROGRAM [ARGUMENT...]
 *
 * "all" before names stands for all others but these.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#define NOBODY 65534

static const struct {
	const char *name;
	int cap;
} known[] = {
	{ "sys_ptrace", CAP_SYS_PTRACE },
	{ "sys_admin", CAP_SYS_ADMIN },
	{ "perfmon", CAP_PERFMON },
	{ "bpf", CAP_BPF },
};
#define KNOWN_CNT (sizeof(known) / sizeof(known[0]))

static bool is_named(const char *names, const char *name)
{
	const char *at = strstr(names, name), *end;

	if (!at)
		return false;
	end = at + strlen(name);
	return (at == names || at[-1] == ',') && (!*end || *end == ',');
}

static bool is_wanted(const char *names, int cap)
{
	bool named = false;
	size_t i;

	for (i = 0; i < KNOWN_CNT; i++)
		named |= known[i].cap == cap && is_named(names, known[i].name);
	return named != is_named(names, "all");
}

int main(int argc, char **argv)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
	const char *names = "";
	int cap;

	if (argc > 1 && strcmp(argv[1], "--")) {
		names = argv[1];
		argv++;
	}
	if (!argv[1] || !argv[2])
		return 2;
	syscall(SYS_capget, &hdr, words);
	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		if (is_wanted(names, cap))
			continue;
		prctl(PR_CAPBSET_DROP, cap);
		words[cap / 32].permitted &= ~(1U << cap % 32);
	}
	for (cap = 0; cap < _LINUX_CAPABILITY_U32S_3; cap++) {
		words[cap].effective = words[cap].permitted;
		words[cap].inheritable = words[cap].permitted;
	}
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) || syscall(SYS_capset, &hdr, words)) {
		perror("nobody");
		return 2;
	}
	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		if (words[cap / 32].permitted & 1U << cap % 32 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0)) {
			perror("nobody");
			return 2;
		}
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
