// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Attach the programs to their sites: one uprobe_multi link per program where the kernel has
 * them, a perf event per site otherwise. A program that serves several functions is told by a
 * cookie which of them was hit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracer.h"
#include "uprobe_multi.h"

bool uses_multi(const struct kernel *k, enum attach_mode mode)
{
	return mode == ATTACH_MULTI || (mode == ATTACH_AUTO && k->multi);
}

bool kernel_filters(const struct kernel *k, const struct env *env)
{
	return env->tgid_cnt == 1 && uses_multi(k, env->attach_mode) && k->multi_pid;
}

/* Before load: how a program will be attached, and whether it may sleep, is part of it. */
void prepare_programs(struct bpf_object *obj, const struct kernel *k, enum attach_mode mode)
{
	struct bpf_map *stages = bpf_object__find_map_by_name(obj, "stages");
	int cpus = libbpf_num_possible_cpus();
	struct bpf_program *prog;

	/* Places to put records together in: as many for each processor. */
	if (stages && cpus > 0)
		bpf_map__set_max_entries(stages, bpf_map__max_entries(stages) * cpus);
	bpf_object__for_each_program(prog, obj) {
		if (uses_multi(k, mode))
			bpf_program__set_expected_attach_type(
				prog, (enum bpf_attach_type)TRACE_UPROBE_MULTI);
		if (k->sleepable)
			bpf_program__set_flags(prog, BPF_F_SLEEPABLE);
	}
}

/* One program's probes of a function. The ends first, then what is probed when a call begins. */
enum part {
	PART_TAILS,
	PART_RETS,
	PART_FLOATS,
	PART_ENTRY,
	PART_CNT
};

static const char *program_of(const struct function *f, enum part part)
{
	const char *const programs[PART_CNT] = {
		[PART_TAILS] = f->tail_program,
		[PART_RETS] = f->ret_program,
		[PART_FLOATS] = f->floats_program,
		[PART_ENTRY] = f->entry_program,
	};

	return programs[part];
}

static const struct attach_site *sites_of(const struct function *f, enum part part, __u32 *cnt)
{
	switch (part) {
	case PART_TAILS:
		*cnt = f->tail_cnt;
		return f->tails;
	case PART_RETS:
		*cnt = f->ret_cnt;
		return f->rets;
	case PART_FLOATS:
		*cnt = f->floats ? 1 : 0;
		return f->floats;
	default:
		*cnt = f->entry ? 1 : 0;
		return f->entry;
	}
}

/* The sites of one link. A cookie is the number of the function that a site is of. */
struct batch {
	unsigned long *offsets;
	__u64 *cookies;
	__u32 cnt;
};

static void add_sites(struct batch *b, const struct tracer *t, __u32 func, enum part part)
{
	const struct attach_site *sites;
	__u32 cnt, i;

	sites = sites_of(&t->functions[func], part, &cnt);
	for (i = 0; i < cnt; i++) {
		b->offsets[b->cnt] = sites[i].file_offset;
		b->cookies[b->cnt++] = func;
	}
}

struct attaching {
	struct links *l;
	struct bpf_object *obj;
	const struct tracer *t;
	const struct env *env;
	const struct kernel *k;
	char path[64];
	struct batch batch;
};

static int attach_multi(struct attaching *a, struct bpf_program *prog, __u32 pid)
{
	union uprobe_multi_attr attr = {
		.prog_fd = bpf_program__fd(prog),
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (__u64)(unsigned long)a->path,
		.offsets = (__u64)(unsigned long)a->batch.offsets,
		.cookies = (__u64)(unsigned long)a->batch.cookies,
		.cnt = a->batch.cnt,
		.pid = pid,
	};
	struct links *l = a->l;
	int fd;

	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	l->fd_owners[l->fd_cnt] = l->owner;
	l->fds[l->fd_cnt++] = fd;
	return 0;
}

static int attach_perf(struct attaching *a, struct bpf_program *prog, __u32 pid)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts);
	struct links *l = a->l;
	struct bpf_link *link;
	__u32 i;

	for (i = 0; i < a->batch.cnt; i++) {
		opts.bpf_cookie = a->batch.cookies[i];
		link = bpf_program__attach_uprobe_opts(prog, pid ? (int)pid : -1, a->path,
						       a->batch.offsets[i], &opts);
		if (!link)
			return -errno;
		l->link_owners[l->link_cnt] = a->batch.cookies[i];
		l->links[l->link_cnt++] = link;
	}
	return 0;
}

static bool is_forbidden(int err)
{
	return err == -EPERM || err == -EACCES;
}

/* Attach a program to the sites that were collected. */
static int attach_batch(struct attaching *a, const char *program)
{
	__u32 pid = a->env->tgid_cnt == 1 ? a->env->tgids[0] : 0;
	struct bpf_program *prog;
	int err;

	if (!a->batch.cnt)
		return 0;
	prog = bpf_object__find_program_by_name(a->obj, program);
	if (!prog)
		return -ENOENT;
	/* Where the kernel's filter is not exact, the programs compare the tgid themselves. */
	if (uses_multi(a->k, a->env->attach_mode))
		err = attach_multi(a, prog, a->k->multi_pid ? pid : 0);
	else
		err = attach_perf(a, prog, pid);
	a->batch.cnt = 0;
	if (err)
		fprintf(stderr, "error: can't attach %s: %s%s\n", program, strerror(-err),
			is_forbidden(err) ? " - CAP_SYS_ADMIN is missing: run as root" : "");
	return err;
}

/* Attach a function's programs, to the sites of the others that they serve, too. */
static int attach_programs(struct attaching *a, __u32 func)
{
	const struct function *f = &a->t->functions[func];
	const char *program;
	enum part part;
	__u32 other;
	int err = 0;

	for (part = 0; part < PART_CNT && !err; part++) {
		program = program_of(f, part);
		if (!program)
			continue;
		a->l->owner = func;
		add_sites(&a->batch, a->t, func, part);
		for (other = f->next; other && !err; other = a->t->functions[other].next) {
			/* What may have to be detached alone needs a link of its own. */
			if (a->env->max_overhead) {
				err = attach_batch(a, program);
				a->l->owner = other;
			}
			add_sites(&a->batch, a->t, other, part);
		}
		if (!err)
			err = attach_batch(a, program);
	}
	return err;
}

/* 0, or an exit status with the reason printed. */
int attach(struct links *l, struct bpf_object *obj, const struct tracer *t, const struct env *env,
	   const struct kernel *k, int target_fd)
{
	struct attaching a = { .l = l, .obj = obj, .t = t, .env = env, .k = k };
	__u32 i;
	int err = 0;

	l->links = calloc(t->site_cnt, sizeof(*l->links));
	l->fds = calloc(PART_CNT * t->probed_cnt, sizeof(*l->fds));
	l->link_owners = calloc(t->site_cnt, sizeof(*l->link_owners));
	l->fd_owners = calloc(PART_CNT * t->probed_cnt, sizeof(*l->fd_owners));
	a.batch.offsets = calloc(t->site_cnt, sizeof(*a.batch.offsets));
	a.batch.cookies = calloc(t->site_cnt, sizeof(*a.batch.cookies));
	if (!l->links || !l->fds || !l->link_owners || !l->fd_owners || !a.batch.offsets ||
	    !a.batch.cookies) {
		fprintf(stderr, "error: out of memory\n");
		err = -ENOMEM;
	}
	/* The very file that was verified, whatever its name stands for by now. */
	snprintf(a.path, sizeof(a.path), "/proc/self/fd/%d", target_fd);
	/* The runtime first, so that no call is opened whose end would be missed. */
	for (i = t->probed_cnt; i && !err; i--)
		err = attach_programs(&a, i - 1);
	free(a.batch.offsets);
	free(a.batch.cookies);
	if (!err)
		return 0;
	return is_forbidden(err) ? EXIT_NOT_PERMITTED : EXIT_ERROR;
}

/*
 * Closing a link waits for a grace period, 20 ms and more, and those who wait at one time wait for
 * the same one: so many links are closed side by side. Perf events are not: the kernel closes
 * them one after another, whoever asks.
 */
#define CLOSERS_MAX 128

struct closing {
	const int *fds;
	int cnt;
	int next;
};

static void *close_links(void *arg)
{
	struct closing *c = arg;
	int i;

	while ((i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->cnt) {
		if (c->fds[i] >= 0)
			close(c->fds[i]);
	}
	return NULL;
}

static void close_side_by_side(const int *fds, int cnt)
{
	struct closing closing = { .fds = fds, .cnt = cnt };
	pthread_t closers[CLOSERS_MAX];
	sigset_t all, before;
	pthread_attr_t attr;
	int i, started = 0;

	/* Signals are for this thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, sysconf(_SC_THREAD_STACK_MIN));
	while (started < CLOSERS_MAX && started < cnt - 1 &&
	       !pthread_create(&closers[started], &attr, close_links, &closing))
		started++;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close_links(&closing);
	for (i = 0; i < started; i++)
		pthread_join(closers[i], NULL);
}

void detach_function(struct links *l, __u32 func)
{
	int i;

	/* Its entry first, as it was attached last. */
	for (i = l->fd_cnt - 1; i >= 0; i--) {
		if (l->fd_owners[i] != func || l->fds[i] < 0)
			continue;
		close(l->fds[i]);
		l->fds[i] = -1;
	}
	for (i = l->link_cnt - 1; i >= 0; i--) {
		if (l->link_owners[i] != func)
			continue;
		bpf_link__destroy(l->links[i]);
		l->links[i] = NULL;
	}
}

void detach(struct links *l)
{
	int i;

	close_side_by_side(l->fds, l->fd_cnt);
	for (i = 0; i < l->link_cnt; i++)
		bpf_link__destroy(l->links[i]);
	l->fd_cnt = 0;
	l->link_cnt = 0;
	free(l->fds);
	free(l->links);
	free(l->fd_owners);
	free(l->link_owners);
	l->fds = NULL;
	l->links = NULL;
	l->fd_owners = NULL;
	l->link_owners = NULL;
}
