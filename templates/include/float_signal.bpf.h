/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Have a signal show the float registers of a call.
 *
 * When a thread is sent a signal, the kernel writes all its registers into a frame on its signal
 * stack before it goes on in the program; here that is right behind the probed instruction. Go
 * preempts goroutines by SIGURG, and ignores one that no preemption was asked for. What waits for
 * the signal is found again by its thread, and taken only from a frame of the very place.
 *
 * Source: Linux's arch/x86/include/uapi/asm/ucontext.h and sigcontext.h.
 */
#ifndef __FLOAT_SIGNAL_BPF_H
#define __FLOAT_SIGNAL_BPF_H

#define SIGURG 23

/* Offsets in struct ucontext, and of xmm0 in struct _fpstate_64: 16 bytes for each register. */
#define UC_RIP 168
#define UC_FPSTATE 224
#define FPSTATE_XMM 160

/* How many threads can wait at once; each of them for less than the time of a system call. */
#define AWAITED_CNT 16384

/* A call whose record waits for its floats. */
struct awaited {
	struct call_key key;
	__u64 pc; /* where the signal must find the thread */
	__u64 ending; /* it is the results that are waited for */
};

static const struct awaited nothing_awaited;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AWAITED_CNT);
	__type(key, __u64); /* tgid and tid */
	__type(value, struct awaited);
} signalled SEC(".maps");

/*
 * Nobody would notice: the program does not wait for SIGURG by os/signal, and has not given it
 * another handler. Where it can do neither, there are no words to ask.
 */
static __always_inline bool is_signal_ours(void)
{
	__u32 word;

	if (!GO_SIG_WANTED)
		return true;
	if (go_read_value(&word, GO_SIG_WANTED) || word & 1U << SIGURG)
		return false;
	return !go_read_value(&word, GO_HANDLING_SIGURG) && word;
}

/*
 * Send the thread its signal. entry_len: bytes of the entry's instruction, behind which it comes;
 * 0 at a return, where it comes in the caller. A function of its own, for its stack.
 */
static __noinline bool await_signal(struct pt_regs *ctx, __u32 func, __u32 entry_len)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct awaited *w;

	if (!is_signal_ours() || bpf_map_update_elem(&signalled, &id, &nothing_awaited, BPF_ANY))
		return false;
	w = bpf_map_lookup_elem(&signalled, &id);
	if (!w)
		return false;
	w->key.func = func;
	w->ending = !entry_len;
	w->pc = GO_PC(ctx) + entry_len;
	if ((!entry_len && go_read_value(&w->pc, GO_SP(ctx))) || read_call_key(ctx, &w->key) ||
	    bpf_send_signal_thread(SIGURG)) {
		bpf_map_delete_elem(&signalled, &id);
		return false;
	}
	return true;
}

/*
 * What this thread waits for, at the beginning of its signal handler, and where its registers
 * are: at 0, which can't be read, when another signal came first, somewhere else.
 */
static __always_inline struct awaited *find_awaited(struct pt_regs *ctx, __u64 *floats)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct awaited *w;
	__u64 pc;

	*floats = 0;
	if (!is_traced())
		return NULL;
	w = bpf_map_lookup_elem(&signalled, &id);
	if (!w || go_read_value(&pc, GO_I2(ctx) + UC_RIP) || pc != w->pc)
		return w;
	if (!go_read_value(floats, GO_I2(ctx) + UC_FPSTATE) && *floats)
		*floats += FPSTATE_XMM;
	return w;
}

static __always_inline void stop_awaiting(void)
{
	__u64 id = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&signalled, &id);
}

/* Begin the record of a call's end where its beginning has none; send_last() counts the hit. */
static __always_inline void *begin_return(struct pt_regs *ctx, __u32 func)
{
	struct event_header *hdr = begin_entry(ctx, func);

	if (hdr)
		hdr->type = EVENT_RETURN;
	return hdr;
}

/* Send what has waited in vain: no signal will come. */
static __noinline __attribute__((unused)) void send_unsignalled(struct pt_regs *ctx, void *record,
								__u64 size, __u32 func)
{
	struct call_key key;

	key.func = func;
	if (!read_call_key(ctx, &key))
		send_last(&key, record, size, true);
}

#endif /* __FLOAT_SIGNAL_BPF_H */
