// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Start the command to trace, tell when it has ended, and share signals with it.
 *
 * The child waits before exec until the probes are in place, and goes on as the command: its
 * process number is known by then, and nothing of it has run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer.h"

#define SIGNALLED_STATUS 128
#define WAIT_MS 50

static struct {
	pid_t pid; /* 0: none was started */
	int go_fd; /* it waits for a byte, or the end, of this */
	int err_fd; /* gives the errno of exec, or the end */
	bool ended;
	int wait_status;
} command = { .go_fd = -1, .err_fd = -1 };

static volatile sig_atomic_t signal_cnt;

static const int handled[] = { SIGINT, SIGTERM, SIGALRM, SIGCHLD, SIGPIPE };
#define HANDLED_CNT (sizeof(handled) / sizeof(handled[0]))
static struct sigaction before[HANDLED_CNT];

static void sig_handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	/* That it interrupted our sleep is all that a child's end is good for. */
	if (sig == SIGCHLD)
		return;
	/* --duration is over, also for who waits for a reader that does not read. */
	if (sig == SIGALRM) {
		exiting = true;
		return;
	}
	/* The first one is meant for the command, and we end with it. */
	if (!command.pid || command.ended || signal_cnt++) {
		exiting = true;
		return;
	}
	/* Ctrl-C reaches both of us; what a process sent, us alone. */
	if (info->si_code <= 0)
		kill(command.pid, sig);
}

void handle_signals(void)
{
	/* Without SA_RESTART: a signal ends the wait for records. */
	struct sigaction sa = { .sa_sigaction = sig_handler, .sa_flags = SA_SIGINFO };
	/* A reader that goes away is an error of write(), not the end of us. */
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	for (i = 0; i < HANDLED_CNT; i++)
		sigaction(handled[i], handled[i] == SIGPIPE ? &ignore : &sa, &before[i]);
}

/* The file that execvp(3) would take; NULL, with errno, when there is none. */
static const char *find_in_path(const char *name, char *found, size_t size)
{
	const char *dir = getenv("PATH"), *end;
	int err = ENOENT;
	struct stat st;

	if (strchr(name, '/'))
		dir = NULL;
	else if (!dir)
		dir = "/bin:/usr/bin";
	do {
		end = dir ? strchrnul(dir, ':') : NULL;
		if (!dir)
			snprintf(found, size, "%s", name);
		else if (end == dir)
			snprintf(found, size, "./%s", name);
		else
			snprintf(found, size, "%.*s/%s", (int)(end - dir), dir, name);
		if (!access(found, X_OK)) {
			if (!stat(found, &st) && S_ISREG(st.st_mode))
				return found;
			err = EACCES;
		} else if (errno != ENOENT && errno != ENOTDIR) {
			err = errno;
		}
		dir = end && *end ? end + 1 : NULL;
	} while (dir);
	errno = err;
	return NULL;
}

int find_command(struct env *env)
{
	static char found[PATH_MAX];

	if (!env->command)
		return 0;
	env->command_path = find_in_path(env->command[0], found, sizeof(found));
	if (env->command_path)
		return 0;
	fprintf(stderr, "error: can't run %s: %s%s\n", env->command[0], strerror(errno),
		strchr(env->command[0], '/') ? "" : " in any folder of PATH");
	return EXIT_ERROR;
}

/* In the child: wait for the word, then be the command. */
static void become(const struct env *env, int go_fd, int err_fd)
{
	ssize_t n;
	size_t i;
	char go;
	int err;

	do
		n = read(go_fd, &go, 1);
	while (n < 0 && errno == EINTR);
	/* The tracer failed, or is gone. */
	if (n != 1)
		_exit(EXIT_ERROR);
	restore_process();
	for (i = 0; i < HANDLED_CNT; i++)
		sigaction(handled[i], &before[i], NULL);
	execv(env->command_path, env->command);
	err = errno;
	n = write(err_fd, &err, sizeof(err));
	_exit(n == sizeof(err) ? EXIT_ERROR : 127);
}

int start_command(struct env *env)
{
	int go[2], err[2];

	if (!env->command)
		return 0;
	if (pipe2(go, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || (command.pid = fork()) < 0) {
		fprintf(stderr, "error: can't start %s: %s\n", env->command[0], strerror(errno));
		command.pid = 0;
		return EXIT_ERROR;
	}
	if (!command.pid) {
		close(go[1]);
		close(err[0]);
		become(env, go[0], err[1]);
	}
	close(go[0]);
	close(err[1]);
	command.go_fd = go[1];
	command.err_fd = err[0];
	env->tgids[0] = command.pid;
	env->tgid_cnt = 1;
	return 0;
}

int release_command(const struct env *env)
{
	ssize_t n;
	int err;

	if (!command.pid)
		return 0;
	/* A child that was killed meanwhile is found to have ended. */
	n = write(command.go_fd, "", 1);
	close(command.go_fd);
	command.go_fd = -1;
	do
		n = read(command.err_fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(command.err_fd);
	if (n != sizeof(err))
		return 0;
	fprintf(stderr, "error: can't run %s: %s\n", env->command[0], strerror(err));
	return EXIT_ERROR;
}

bool command_ended(void)
{
	if (command.pid && !command.ended)
		command.ended = waitpid(command.pid, &command.wait_status, WNOHANG) == command.pid;
	return command.ended;
}

int end_with_command(int status)
{
	if (!command.pid)
		return status;
	/* It never ran, and the end of this tells it so. */
	if (command.go_fd >= 0) {
		close(command.go_fd);
		return status;
	}
	/* Tracing is over before it: by --duration, --count, or an error of ours. */
	while (signal_cnt < 2 && !command_ended())
		poll(NULL, 0, WAIT_MS);
	if (status || !command.ended)
		return status;
	if (WIFSIGNALED(command.wait_status))
		return SIGNALLED_STATUS + WTERMSIG(command.wait_status);
	return WEXITSTATUS(command.wait_status);
}
