// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * What this process may do: as much as attaching takes, and nothing afterwards.
 *
 * Source: capabilities(7); kernel/bpf/syscall.c and kernel/events/core.c for who asks for which.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "tracer.h"

struct capabilities {
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
};

static bool call_capabilities(long number, struct capabilities *caps)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return !syscall(number, &hdr, caps->words);
}

static bool has_capability(int cap)
{
	struct capabilities caps;

	if (!call_capabilities(SYS_capget, &caps))
		return false;
	return caps.words[cap / 32].effective & (1U << cap % 32);
}

int check_privileges(const struct tracer *t)
{
	bool bpf = has_capability(CAP_BPF), perfmon = has_capability(CAP_PERFMON);

	/* Before the two were split off from it, it was both. */
	if (has_capability(CAP_SYS_ADMIN) || (bpf && perfmon))
		return 0;
	fprintf(stderr,
		"error: not permitted: %s%s%s %s missing - run as root, or once: "
		"setcap cap_bpf,cap_perfmon+ep %s, before Linux 6.6 cap_sys_admin+ep\n",
		bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : " and ", perfmon ? "" : "CAP_PERFMON",
		bpf || perfmon ? "is" : "are", t->name);
	return EXIT_NOT_PERMITTED;
}

int check_attach_privileges(const struct tracer *t, const struct kernel *k, const struct env *env)
{
	int fd, err;

	if (uses_multi(k, env->attach_mode) || has_capability(CAP_SYS_ADMIN))
		return 0;
	/* perf_uprobe_event_init() has not learnt of CAP_PERFMON in 6.18: ask for when it has. */
	fd = open_unmapped_uprobe();
	err = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || (err != EACCES && err != EPERM))
		return 0;
	fprintf(stderr,
		"error: not permitted: CAP_SYS_ADMIN is missing, which probes need where there are "
		"no uprobe_multi links (Linux 6.6) - run as root, or once: "
		"setcap cap_sys_admin+ep %s\n",
		t->name);
	return EXIT_NOT_PERMITTED;
}

bool may_look_into_others(void)
{
	return has_capability(CAP_SYS_PTRACE);
}

/* Before Linux 5.19, CAP_BPF was asked for whatever was done to a map; since then, to make one. */
static bool may_read(int map_fd)
{
	__u32 key;

	return bpf_map_get_next_key(map_fd, NULL, &key) != -EPERM;
}

void drop_privileges(int map_fd)
{
	struct capabilities own, rest = {};
	int cap, kept = CAP_BPF;

	if (!call_capabilities(SYS_capget, &own))
		return;
	/* Nothing that we execute, which is nothing, could have them again. */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Those that are no longer permitted leave the ambient set by themselves. */
	for (cap = 0; cap < _LINUX_CAPABILITY_U32S_3; cap++)
		rest.words[cap].permitted = own.words[cap].permitted;
	call_capabilities(SYS_capset, &rest);
	memset(&rest, 0, sizeof(rest));
	if (!may_read(map_fd)) {
		rest.words[kept / 32].permitted = 1U << kept % 32;
		rest.words[kept / 32].effective = 1U << kept % 32;
	}
	call_capabilities(SYS_capset, &rest);
}
