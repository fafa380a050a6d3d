// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Keep what tracing costs the traced programs within --max-overhead, a share of one processor.
 *
 * A hit costs the trap, which nobody accounts for, and the program, whose time the kernel sums up
 * when asked to. So the trap is timed beforehand, in functions of our own: once on an instruction
 * that the kernel emulates, once on one that it has to step over. docs/design/0016 has the rest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "tracer.h"
#include "uprobe_multi.h"

#define INTERVAL_NS 1000000000ULL
#define TRAP_ROUNDS 5
#define TRAP_CALLS 100
/* Entry, returns, tail jumps, floats. */
#define PROGRAMS_MAX 4

enum trap {
	TRAP_EMULATED,
	TRAP_STEPPED,
	TRAP_CNT
};

void trap_emulated(void);
void trap_stepped(void);

#if defined(__x86_64__)
__asm__(".pushsection .text\n"
	"trap_emulated:\n\tpush %rbp\n\tpop %rbp\n\tret\n"
	"trap_stepped:\n\tmov %rsp, %rax\n\tret\n"
	".popsection");

/* arch/x86/kernel/uprobes.c, push_setup_xol_ops() and branch_setup_xol_ops() */
static bool is_emulated(const __u8 *code)
{
	if (code[0] == 0x41)
		code++;
	if (code[0] == 0x0f)
		return (code[1] & 0xf0) == 0x80 || code[1] == 0x1f;
	return (code[0] & 0xf8) == 0x50 || (code[0] & 0xf0) == 0x70 || code[0] == 0x90 ||
	       code[0] == 0xe8 || code[0] == 0xe9 || code[0] == 0xeb;
}
#else
__asm__(".pushsection .text\n"
	"trap_emulated:\n\tret\n"
	"trap_stepped:\n\tmov x0, x0\n\tret\n"
	".popsection");

/* arch/arm64/kernel/probes/decode-insn.c: branches of all kinds */
static bool is_emulated(const __u8 *code)
{
	return (code[3] & 0x7c) == 0x14 || (code[3] & 0x7c) == 0x34 || code[3] == 0x54 ||
	       code[3] == 0xd6;
}
#endif

struct cost {
	int prog_fds[PROGRAMS_MAX];
	enum trap traps[PROGRAMS_MAX];
	__u32 cnt;
	/* Whose programs these are, and of that function: how many they serve, and their hits. */
	__u32 owner;
	__u32 served;
	__u64 all_hits;
	__u64 hits; /* its own; both since the last look */
	__u64 seen_hits;
	double spent_ns; /* by its programs, in all so far */
	double percent; /* in the last interval */
	double detached_at; /* the same, when it was detached; 0: it was not */
};

static struct {
	struct cost *functions; /* NULL: there is no budget */
	double trap_ns[TRAP_CNT];
	__u64 checked_ns;
} state;

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

struct place {
	unsigned long address;
	__u64 file_offset;
};

static int find_place(struct dl_phdr_info *info, size_t size, void *data)
{
	struct place *p = data;
	const ElfW(Phdr) * ph;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		ph = &info->dlpi_phdr[i];
		if (ph->p_type != PT_LOAD ||
		    p->address - info->dlpi_addr - ph->p_vaddr >= ph->p_filesz)
			continue;
		p->file_offset = p->address - info->dlpi_addr - ph->p_vaddr + ph->p_offset;
		return 1;
	}
	return 0;
}

static int attach_perf_event(int prog_fd, __u64 file_offset)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	FILE *type;
	int fd;

	type = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	if (!type)
		return -1;
	if (fscanf(type, "%u", &attr.type) != 1)
		attr.type = PERF_TYPE_SOFTWARE;
	fclose(type);
	attr.uprobe_path = (__u64)(unsigned long)"/proc/self/exe";
	attr.probe_offset = file_offset;
	fd = syscall(SYS_perf_event_open, &attr, getpid(), -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0 && ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int attach_own(const struct kernel *k, int prog_fd, __u64 file_offset)
{
	unsigned long offset = file_offset;
	union uprobe_multi_attr attr = {
		.prog_fd = prog_fd,
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (__u64)(unsigned long)"/proc/self/exe",
		.offsets = (__u64)(unsigned long)&offset,
		.cnt = 1,
	};

	if (!k->multi)
		return attach_perf_event(prog_fd, file_offset);
	return syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

/* The least that a hit takes, in nanoseconds; negative when that can't be told. */
static double time_trap(const struct kernel *k, void (*trap)(void))
{
	struct place place = { .address = (unsigned long)trap };
	double best = -1, ns;
	int prog_fd, fd, i, j;
	__u64 begin;

	prog_fd = load_nothing(k->multi ? (enum bpf_attach_type)TRACE_UPROBE_MULTI : 0, 0);
	if (prog_fd < 0 || !dl_iterate_phdr(find_place, &place))
		return -1;
	fd = attach_own(k, prog_fd, place.file_offset);
	for (i = 0; fd >= 0 && i < TRAP_ROUNDS; i++) {
		begin = now_ns();
		for (j = 0; j < TRAP_CALLS; j++)
			trap();
		ns = (double)(now_ns() - begin) / TRAP_CALLS;
		if (best < 0 || ns < best)
			best = ns;
	}
	if (fd >= 0)
		close(fd);
	close(prog_fd);
	return best;
}

static void add_program(struct cost *c, struct bpf_object *obj, const char *name,
			const struct attach_site *site)
{
	struct bpf_program *prog = name && site ? bpf_object__find_program_by_name(obj, name)
						: NULL;

	if (!prog)
		return;
	c->prog_fds[c->cnt] = bpf_program__fd(prog);
	c->traps[c->cnt++] = is_emulated(site->code) ? TRAP_EMULATED : TRAP_STEPPED;
}

/* A function is probed by programs of its own, or by another one's. */
static void add_programs(const struct tracer *t, struct bpf_object *obj, __u32 owner, __u32 func)
{
	const struct function *by = &t->functions[owner], *f = &t->functions[func];
	struct cost *c = &state.functions[func];

	c->owner = owner;
	state.functions[owner].served++;
	add_program(c, obj, by->entry_program, f->entry);
	add_program(c, obj, by->ret_program, f->rets);
	add_program(c, obj, by->tail_program, f->tails);
	add_program(c, obj, by->floats_program, f->floats);
}

int start_overhead(const struct env *env, const struct tracer *t, const struct kernel *k,
		   struct bpf_object *obj)
{
	const struct function *f;
	__u32 i, j;

	if (!env->max_overhead)
		return 0;
	/* Left open: the kernel keeps the time of programs as long as it is. */
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0) {
		fprintf(stderr,
			"error: --max-overhead: the kernel does not tell how long programs run: %s%s\n",
			strerror(errno),
			errno == EPERM ? " - CAP_SYS_ADMIN is missing: run as root" : "");
		return errno == EPERM ? EXIT_NOT_PERMITTED : EXIT_ERROR;
	}
	state.trap_ns[TRAP_EMULATED] = time_trap(k, trap_emulated);
	state.trap_ns[TRAP_STEPPED] = time_trap(k, trap_stepped);
	state.functions = calloc(t->function_cnt, sizeof(*state.functions));
	if (!state.functions || state.trap_ns[TRAP_EMULATED] < 0 ||
	    state.trap_ns[TRAP_STEPPED] < 0) {
		fprintf(stderr, "error: --max-overhead: can't time a probe of our own\n");
		return EXIT_ERROR;
	}
	for (i = 0; i < t->function_cnt; i++) {
		f = &t->functions[i];
		if (!f->entry_program && !f->ret_program && !f->tail_program)
			continue;
		add_programs(t, obj, i, i);
		for (j = f->next; j; j = t->functions[j].next)
			add_programs(t, obj, i, j);
	}
	fprintf(stderr,
		"overhead: a probe takes %.0f ns where it is emulated, %.0f where stepped\n",
		state.trap_ns[TRAP_EMULATED], state.trap_ns[TRAP_STEPPED]);
	return 0;
}

static double spent_ns(const struct cost *f)
{
	struct bpf_prog_info info;
	double sum = 0;
	__u32 i, len;

	for (i = 0; i < f->cnt; i++) {
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (!bpf_obj_get_info_by_fd(f->prog_fds[i], &info, &len))
			sum += info.run_time_ns + info.run_cnt * state.trap_ns[f->traps[i]];
	}
	return sum;
}

/* How often was each function hit since the last time, and all that share its programs? */
static void count_hits(struct consumer *c)
{
	struct func_counters sum;
	struct cost *f, *owner;
	__u32 i;

	for (i = 0; i < c->t->function_cnt; i++)
		state.functions[i].all_hits = 0;
	for (i = 0; i < c->t->function_cnt; i++) {
		f = &state.functions[i];
		owner = &state.functions[f->owner];
		if (owner->served == 1 || read_counters(c->counters_fd, i, &sum))
			continue;
		f->hits = sum.hit - f->seen_hits;
		f->seen_hits = sum.hit;
		owner->all_hits += f->hits;
	}
}

/* Of the time of programs that serve several functions, each has a share by its hits. */
static double share_of(const struct cost *f)
{
	const struct cost *owner = &state.functions[f->owner];

	if (owner->served == 1)
		return 1;
	return owner->all_hits ? (double)f->hits / owner->all_hits : 1.0 / owner->served;
}

static void give_function_up(struct consumer *c, __u32 func, double all)
{
	struct cost *f = &state.functions[func];

	fprintf(stderr,
		"warning: %s is traced no more: its probes took %.1f %% of a processor, all of them "
		"%.1f, and --max-overhead is %g\n",
		c->t->functions[func].symbol, f->percent, all, c->env->max_overhead);
	f->detached_at = f->percent;
	detach_function(c->links, func);
	/* Their ends will not be seen. */
	if (c->t->functions[func].open_calls != OPEN_CALLS_NONE && drain(c) >= 0)
		list_open_calls(c, func);
}

void check_overhead(struct consumer *c, __u64 now)
{
	struct cost *f, *most;
	double all = 0, spent;
	__u32 i;

	if (!state.functions || now - state.checked_ns < INTERVAL_NS)
		return;
	count_hits(c);
	for (i = 0; i < c->t->function_cnt; i++) {
		f = &state.functions[i];
		spent = spent_ns(f);
		f->percent = (spent - f->spent_ns) * share_of(f) * 100 / (now - state.checked_ns);
		f->spent_ns = spent;
		if (!f->detached_at)
			all += f->percent;
	}
	/* The first look says only where to begin. */
	while (state.checked_ns && all > c->env->max_overhead) {
		most = NULL;
		for (i = 0; i < c->t->function_cnt; i++) {
			f = &state.functions[i];
			if (!f->detached_at && (!most || f->percent > most->percent))
				most = f;
		}
		if (!most || !most->percent)
			break;
		give_function_up(c, most - state.functions, all);
		all -= most->percent;
	}
	state.checked_ns = now;
}

double detached_at(__u32 func)
{
	return state.functions ? state.functions[func].detached_at : 0;
}
