// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Find and open the binary to trace: named, of a process, or of any process that runs it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tracer.h"

/* The inode of the initial PID namespace: include/linux/proc_ns.h, PROC_PID_INIT_INO. */
#define INITIAL_PID_NAMESPACE 0xeffffffcU

#define WAIT_MS 100

void own_pid_namespace(struct pid_namespace *ns)
{
	struct stat st;

	memset(ns, 0, sizeof(*ns));
	if (stat("/proc/self/ns/pid", &st) || st.st_ino == INITIAL_PID_NAMESPACE)
		return;
	/* As the kernel packs a device's number. */
	ns->dev = (__u64)major(st.st_dev) << 20 | minor(st.st_dev);
	ns->ino = st.st_ino;
}

/* Are the numbers in /proc those that the kernel understands from us? */
static bool is_own_proc(void)
{
	char self[32];
	ssize_t len = readlink("/proc/self", self, sizeof(self) - 1);

	if (len < 0)
		return false;
	self[len] = 0;
	return strtol(self, NULL, 10) == getpid();
}

int check_pids(const struct env *env)
{
	struct pid_namespace own;
	struct stat st;
	char path[64];
	__u32 i;

	if (!env->tgid_cnt)
		return 0;
	if (!is_own_proc()) {
		fprintf(stderr,
			"error: --pid %u: /proc shows another PID namespace than the tracer's own - "
			"mount one: unshare --mount-proc\n",
			env->tgids[0]);
		return EXIT_ERROR;
	}
	own_pid_namespace(&own);
	for (i = 0; own.ino && i < env->tgid_cnt; i++) {
		snprintf(path, sizeof(path), "/proc/%u/ns/pid", env->tgids[i]);
		if (stat(path, &st) || st.st_ino == own.ino)
			continue;
		fprintf(stderr,
			"error: --pid %u is in a PID namespace inside the tracer's, where its threads "
			"can't be numbered - run the tracer in there, or outside of all\n",
			env->tgids[i]);
		return EXIT_ERROR;
	}
	return 0;
}

static int open_binary(const char *path)
{
	struct stat st;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "error: %s: %s\n", path, strerror(errno));
		return -1;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	err = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	fprintf(stderr, "error: %s: %s - expected a Go binary\n", path, strerror(err));
	close(fd);
	return -1;
}

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* The process that a thread belongs to; 0 when there is no such thread. */
static __u32 tgid_of(__u32 pid)
{
	char path[64], line[256];
	__u32 tgid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!tgid && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Tgid:", 5))
			tgid = strtoul(line + 5, NULL, 10);
	}
	fclose(f);
	return tgid;
}

static int open_exe(__u32 pid, int *status)
{
	__u32 tgid = tgid_of(pid);
	char path[64];
	int fd;

	if (tgid != pid) {
		if (tgid)
			fprintf(stderr, "error: --pid %u: a thread of process %u\n", pid, tgid);
		else
			fprintf(stderr, "error: --pid %u: no such process\n", pid);
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/%u/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM) {
		fprintf(stderr,
			"error: not permitted: CAP_SYS_PTRACE is missing, which --pid %u needs - run as root\n",
			pid);
		*status = EXIT_NOT_PERMITTED;
	} else {
		fprintf(stderr, "error: --pid %u: its binary: %s\n", pid, strerror(errno));
	}
	return -1;
}

/* The binary of --pid; with several, all must run the same file. */
static int open_of_pids(const struct env *env, int *status)
{
	int fd = -1, other;
	__u32 i;

	for (i = 0; i < env->tgid_cnt; i++) {
		other = open_exe(env->tgids[i], status);
		if (other < 0)
			goto fail;
		if (fd < 0) {
			fd = other;
			continue;
		}
		if (!same_file(fd, other)) {
			fprintf(stderr, "error: --pid %u runs another file than --pid %u\n",
				env->tgids[i], env->tgids[0]);
			close(other);
			goto fail;
		}
		close(other);
	}
	return fd;
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}

#define NO_PROCESS (-1)
#define SEVERAL_FILES (-2)

/* The one file among all running processes' that this tracer was built for. */
static int find_process(const struct tracer *t, __u32 *denied)
{
	char path[PATH_MAX], found[PATH_MAX] = "";
	int fd = NO_PROCESS, other;
	struct dirent *d;
	DIR *proc;

	*denied = 0;
	proc = opendir("/proc");
	if (!proc)
		return NO_PROCESS;
	while (fd != SEVERAL_FILES && (d = readdir(proc))) {
		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/exe", d->d_name);
		other = open(path, O_RDONLY | O_CLOEXEC);
		if (other < 0) {
			*denied += errno == EACCES || errno == EPERM;
			continue;
		}
		if ((fd >= 0 && same_file(fd, other)) || verify_target(other, t, true)) {
			close(other);
			continue;
		}
		if (fd < 0) {
			fd = other;
			memcpy(found, path, sizeof(found));
			continue;
		}
		fprintf(stderr, "error: %s and %s run different copies of %s - choose with --pid\n",
			found, path, t->binary);
		close(other);
		close(fd);
		fd = SEVERAL_FILES;
	}
	closedir(proc);
	return fd;
}

static int wait_for_process(const struct env *env, const struct tracer *t, int *status)
{
	const char *build_id = *t->gnu_build_id ? t->gnu_build_id : t->go_build_id;
	__u32 denied;
	int fd = find_process(t, &denied);

	if (fd != NO_PROCESS)
		return fd;
	if (env->check) {
		fprintf(stderr,
			"error: no process runs the %s this tracer was built for (build ID %.40s) - "
			"start it, or give --binary PATH\n",
			t->binary, build_id);
		return fd;
	}
	fprintf(stderr,
		"waiting: no process runs the %s this tracer was built for (build ID %.40s) - "
		"--binary PATH sees its first calls, too\n",
		t->binary, build_id);
	if (denied && !may_look_into_others())
		fprintf(stderr,
			"warning: CAP_SYS_PTRACE is missing: %u processes can't be asked what they run\n",
			denied);
	while (fd == NO_PROCESS && !exiting) {
		poll(NULL, 0, WAIT_MS);
		fd = find_process(t, &denied);
	}
	if (fd == NO_PROCESS)
		*status = EXIT_CLEAN;
	return fd;
}

int open_target(const struct env *env, const struct tracer *t, int *status)
{
	const char *path = env->binary ? env->binary : env->command_path;
	int fd, of_pids;

	*status = EXIT_ERROR;
	if (!path && !env->tgid_cnt)
		return wait_for_process(env, t, status);
	if (!path)
		return open_of_pids(env, status);
	fd = open_binary(path);
	if (fd < 0 || !env->tgid_cnt)
		return fd;
	of_pids = open_of_pids(env, status);
	if (of_pids >= 0 && same_file(fd, of_pids)) {
		close(of_pids);
		return fd;
	}
	if (of_pids >= 0) {
		fprintf(stderr, "error: %s: --pid %u runs another file\n", env->binary,
			env->tgids[0]);
		close(of_pids);
	}
	close(fd);
	return -1;
}

int check_target(int fd, const struct tracer *t, const struct env *env)
{
	int status = verify_target(fd, t, false);

	if (status && env->command && !env->binary)
		fprintf(stderr,
			"%s is what was asked to run: when it executes the binary in its turn, name "
			"that with --binary PATH\n",
			env->command[0]);
	return status;
}
