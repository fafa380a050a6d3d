/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The loader's runtime: what a tracer is made of, and what its parts do. */
#ifndef __TRACER_H
#define __TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/types.h>

#include "event.h"
#include "out.h"
#include "ring.h"
#include "symbols.h"

#define SITE_CODE_MAX 16

enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_OTHER_BINARY = 3,
	EXIT_NOT_PERMITTED = 4,
	EXIT_LOST = 5,
};

/* One instruction that carries a uprobe. */
struct attach_site {
	__u64 file_offset;
	__u64 address;
	__u32 code_len;
	__u8 code[SITE_CODE_MAX];
};

/* How the loader counts what is still open when it stops. */
enum open_calls {
	OPEN_CALLS_NONE, /* calls are not followed */
	OPEN_CALLS_HIT, /* counted as hits when they began */
	OPEN_CALLS_PENDING, /* a hit only once they end */
};

/* An instance of a generic function. */
struct dictionary {
	__u64 address;
	const char *type_args; /* as JSON */
	const char *instance; /* the function's symbol with them */
};

struct function {
	const char *symbol;
	const char *signature;
	/* The function's code, and the FNV-1a sum of its bytes. */
	__u64 file_offset;
	__u64 size;
	__u64 code_hash;
	const char *entry_program;
	const struct attach_site *entry;
	/* A second probe of its beginning, where floats can be read from memory. */
	const char *floats_program;
	const struct attach_site *floats;
	const char *ret_program;
	const struct attach_site *rets;
	__u32 ret_cnt;
	const char *tail_program;
	const struct attach_site *tails;
	__u32 tail_cnt;
	/*
	 * The next function that the same programs serve, as it is traced alike; 0 behind the
	 * last. The first of them names the programs.
	 */
	__u32 next;
	enum open_calls open_calls;
	/* Per enum event_type: the record's size, and the function that prints its values. */
	size_t record_size[3];
	void (*show[3])(struct out *o, const void *record);
	/* Where in the record its stack is; 0 when it has none. */
	size_t stack_at[3];
	/* Where it has the address of the probed instruction; 0 when it does not need it. */
	size_t pc_at[3];
	/* Where it has its dictionary; 0 when there is none. Dictionaries are sorted by address. */
	size_t dictionary_at[3];
	const struct dictionary *dictionaries;
	__u32 dictionary_cnt;
};

/* Everything that was decided when the tracer was generated. */
struct tracer {
	const char *name;
	const char *gogen_version;
	const char *binary;
	const char *machine;
	const char *go_version;
	const char *gnu_build_id;
	const char *go_build_id;
	const char *spec_digest;
	const struct function *functions;
	__u32 function_cnt;
	__u32 probed_cnt; /* behind the functions come those of the runtime, which give no records */
	__u32 site_cnt;
};

enum attach_mode {
	ATTACH_AUTO,
	ATTACH_MULTI,
	ATTACH_PERF,
};

/* The command line. */
struct env {
	__u32 tgids[TARG_TGIDS_MAX];
	__u32 tgid_cnt;
	const char *binary;
	char **command; /* and its arguments, NULL at the end; NULL when there is none */
	const char *command_path;
	const char *output;
	bool json;
	bool folded;
	bool check;
	bool list;
	bool strict;
	bool version;
	double duration;
	double max_overhead; /* percent of a processor; 0 for no bound */
	__u64 count;
	/* For tests and measurements; not in --help. */
	enum attach_mode attach_mode;
	__u32 ring_bytes;
};

/* options.c: 0, or an exit status with the reason printed; -1 when there is nothing to do. */
int parse_options(struct env *env, const struct tracer *t, int argc, char **argv);
/* A file descriptor, or -1 with the reason printed. */
int open_output(const struct env *env);
void print_version(const struct tracer *t);

struct kernel;

/* target.c: a file descriptor of the binary to trace, or -1 with the reason printed. */
int open_target(const struct env *env, const struct tracer *t, int *status);
/* 0, or an exit status with the reason printed: can hits be told by these process numbers? */
int check_pids(const struct env *env);
/* As the programs are told of it; zero for the initial one, whose numbers are the kernel's. */
struct pid_namespace {
	__u64 dev;
	__u64 ino;
};
void own_pid_namespace(struct pid_namespace *ns);
/* 0, or an exit status with the reason printed: is it the binary that the tracer was built for? */
int check_target(int fd, const struct tracer *t, const struct env *env);

/* command.c: each 0, or an exit status with the reason printed. */
void handle_signals(void);
int find_command(struct env *env);
/* Fork it; it waits before exec, and its process is the one to trace. */
int start_command(struct env *env);
int release_command(const struct env *env);
/* False when there is none. */
bool command_ended(void);
/* Wait for its end; the exit status of both: ours when it is not clean, the command's otherwise. */
int end_with_command(int status);

/* verify.c: 0 when the open file is the binary that the tracer was built for. */
int verify_target(int fd, const struct tracer *t, bool quiet);

/* kernel.c */
struct kernel {
	bool sleepable; /* uprobe programs may fault pages in */
	bool multi; /* has uprobe_multi links */
	bool multi_pid; /* and their pid filter matches whole processes */
};
void prepare_process(void);
/* For a child that runs something else: undo that. */
void restore_process(void);
int probe_kernel(struct kernel *k);
int explain_load_error(int err);
/* Load "return 0" as a uprobe program; a file descriptor or a negative errno. */
int load_nothing(enum bpf_attach_type type, __u32 flags);

/* privileges.c: 0, or an exit status with the reason printed: may we load and attach? */
int check_privileges(const struct tracer *t);
int check_attach_privileges(const struct tracer *t, const struct kernel *k, const struct env *env);
/* Open /proc/PID/exe of whoever has another user, or more privileges. */
bool may_look_into_others(void);
/* For good, once all is attached. What is left is to read records, and this map. */
void drop_privileges(int map_fd);

/* listing.c */
__u32 count_sites(const struct tracer *t, __u32 first, __u32 end);
void print_counts(FILE *to, const char *before, const struct tracer *t);
void print_sites(const struct tracer *t);
void print_memory(const struct bpf_object *obj);
void print_check(const struct tracer *t, const struct kernel *k);

/* attach.c: 0, or an exit status with the reason printed; links are destroyed by detach() */
struct links {
	struct bpf_link **links;
	int *fds;
	__u32 *link_owners; /* per link, and per file: whose it is */
	__u32 *fd_owners;
	__u32 owner;
	int link_cnt;
	int fd_cnt;
};
bool uses_multi(const struct kernel *k, enum attach_mode mode);
/* The kernel passes on the hits of the chosen process only: the programs need not look. */
bool kernel_filters(const struct kernel *k, const struct env *env);
void prepare_programs(struct bpf_object *obj, const struct kernel *k, enum attach_mode mode);
int attach(struct links *l, struct bpf_object *obj, const struct tracer *t, const struct env *env,
	   const struct kernel *k, int target_fd);
void detach(struct links *l);
/* One function's probes; the rest stays. */
void detach_function(struct links *l, __u32 func);

/* hasten.c: from when it is known how probes will be attached, until they are. */
int open_unmapped_uprobe(void);
void hasten_attach(const struct kernel *k, const struct env *env);
void end_hasten(void);
void reap_helpers(void);

struct open_calls_map {
	int fd;
	__u32 max_entries;
	__u32 value_size;
};

/* consume.c: read records until told to stop, then once more after the probes are gone. */
struct consumer {
	const struct env *env;
	const struct tracer *t;
	struct links *links;
	struct out *out;
	struct ring ring;
	volatile bool *awake; /* the programs need not wake us */
	__u64 printed;
	__u64 *discarded; /* per function: arrived after --count was reached */
	int counters_fd;
	struct open_calls_map open_calls;
	int panics_fd;
	volatile bool *panics_full; /* the programs' word; NULL when they keep none */
	__u64 *swept; /* per function: given up to make room */
	__u64 *listed; /* per function: printed by us, as they had not ended */
	__u64 swept_ns;
	__u64 seen_full;
	bool warned;
};
/* locate.c: the stack of a record, or NULL; found holds it. */
const struct call_stack *stack_of(const struct function *f, const struct event_header *hdr,
				  struct call_stack *found);
/* locate.c: how far addresses are from those as linked; false when the record does not tell. */
bool find_bias(const struct function *f, const struct event_header *hdr, __u64 *bias);
/* locate.c: the instance of a generic function that was called; NULL when nothing tells. */
const struct dictionary *instance_of(const struct function *f, const struct event_header *hdr);
/* Print one record; 0, or -EBADMSG. */
int print_record(void *ctx, const void *data, size_t data_sz);
extern volatile bool exiting;
int consume(struct consumer *c);
long drain(struct consumer *c);

/* panics.c: keep the value of a panic; 0, or -EBADMSG. Print that which ended a call. */
int keep_panic(const void *data, size_t data_sz);
void out_panic(struct out *o, const struct event_header *hdr);

/* sweep.c: what to do with calls that never return: keep room among them, and list them. */
#define ALL_FUNCTIONS (~0U)
void list_open_calls(struct consumer *c, __u32 func);
void sweep_if_crowded(struct consumer *c, __u64 now_ns);

/* overhead.c: before attaching; 0, or an exit status with the reason printed. */
int start_overhead(const struct env *env, const struct tracer *t, const struct kernel *k,
		   struct bpf_object *obj);
/* Detach what takes too much, and say so. */
void check_overhead(struct consumer *c, __u64 now_ns);
/* What it took then, percent of a processor; 0 when it is traced still. */
double detached_at(__u32 func);

/* summary.c: print what became of every hit; EXIT_CLEAN, or EXIT_LOST with --strict. */
int read_counters(int counters_fd, __u32 func, struct func_counters *sum);
__u64 accounted(const struct func_counters *c);
int summarize(const struct consumer *c);

#endif /* __TRACER_H */
