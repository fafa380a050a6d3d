/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the kernel side and the loader have in common: records, counters, and their parts. */
#ifndef __EVENT_H
#define __EVENT_H

/* vmlinux.h stands for it on the kernel side. */
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

enum event_type {
	EVENT_CALL, /* a call that ended: arguments, results, duration */
	EVENT_ENTRY, /* a call that began: arguments */
	EVENT_RETURN, /* a call that ended: results */
	EVENT_PANIC, /* no record: the value of a panic, ahead of the calls that it ended */
};

/* How a call ended. */
enum call_exit {
	CALL_RETURNED,
	CALL_TAILCALLED, /* it left by a jump into another function, which returns in its place */
	CALL_PANICKED, /* unwound by a panic, which a caller recovered */
	CALL_GOEXIT, /* unwound by runtime.Goexit */
	CALL_PROCESS_EXIT, /* its process ended */
	CALL_IN_FLIGHT, /* it had not ended when the tracer stopped */
};

#define COMM_LEN 16
/* How many processes --pid can name. */
#define TARG_TGIDS_MAX 16

/* The first member of every record. */
struct event_header {
	__u16 type; /* enum event_type */
	__u8 exit; /* enum call_exit */
	__u8 panic; /* of a call that panicked: which of its goroutine's panics, from 1 on */
	__u32 func; /* index in the tracer's table of functions */
	__u64 time_ns; /* CLOCK_MONOTONIC; of the call's beginning where that was seen */
	__u64 duration_ns; /* 0 in entry records, and where only returns are traced */
	__u64 goid;
	__u32 tid; /* both in the order of struct bpf_pidns_info */
	__u32 tgid;
	char comm[COMM_LEN];
	__u64 unread; /* bit n: value n of the record could not be read */
};

_Static_assert(sizeof(struct event_header) == 64, "the loader and the programs disagree");

/*
 * The name of a call. The depth of its frame, g.stack.hi - SP, is the same at entry and at RET
 * even if the stack was copied in between, tells recursive calls apart, and a later call at the
 * same depth has a later entry. goid, not g: g is reused.
 */
struct call_key {
	__u64 goid;
	__u64 depth;
	__u32 tgid;
	__u32 func;
};

/*
 * What is sent of a call whose end is not its return: the first size bytes of what is kept of it,
 * and as many as are counted at pieces, unless that is 0.
 */
struct kept_call {
	__u32 size;
	__u32 pieces;
};

/* How often calls of a function may be recorded. */
struct call_rate {
	__u64 interval_ns; /* between two of them, in the long run; 0 sets no bound */
};

/* A string or a []byte as Go passes it; the record keeps the bytes beside it. */
struct go_bytes {
	__u64 data;
	__u64 len;
};

/*
 * Memory that values refer to, in the order in which they name it; a nil pointer and an empty
 * slice have none. Of the room for it at the end of a record, only what is used travels.
 */
struct pieces {
	__u64 len;
	/* the room follows */
};

/* One piece: its bytes follow, padded to 8. */
struct piece {
	__u32 len;
	__u32 unread; /* it could not be read: no bytes follow */
};

/* No panic of that goroutine was seen to begin. */
#define PANIC_UNKNOWN 0
/* How many panics of a goroutine are told apart: one in a function that another one deferred. */
#define PANICS_NESTED 4
/* Bytes of a string in a panic's value, and of all that it refers to; how far that is followed. */
#define PANIC_TEXT 128
#define PANIC_ROOM 512
#define PANIC_DEPTH 3
#define PANIC_STEPS 10

struct goroutine {
	__u64 goid;
	__u32 tgid;
	__u32 unused; /* always 0 */
};

/* The value of a panic; what it refers to is read as that of any other interface. */
struct panic_event {
	struct event_header hdr; /* unread: it is one of too many, and took the place of another */
	__u64 depth; /* of the panic's own frame */
	__u64 passed; /* calls at least so deep had ended when a newer panic began */
	__u64 value[2];
	struct pieces pieces;
	/* Two headers for each step; behind that, what the programs need to follow it. */
	char pieces_room[PANIC_ROOM + 16 * PANIC_STEPS + 736];
};

/* The panics of a goroutine that are not over, the oldest first. */
struct panics {
	__u64 cnt;
	__u64 found; /* the programs' answer to the last question which of them */
	struct panic_event nested[PANICS_NESTED];
};

/*
 * What became of every hit of one function: hit is the sum of all the others, once the calls
 * that are still open are counted as unpaired. No record is lost without a count here. Calls
 * that were open already when tracing began are no hits.
 */
struct func_counters {
	__u64 hit;
	__u64 emitted;
	__u64 filtered;
	__u64 throttled; /* over the function's limits.rate */
	__u64 ring_full; /* the consumer was too slow */
	__u64 map_full; /* too many calls were open at once */
	__u64 read_fault; /* the goroutine could not be told */
	__u64 unpaired; /* a call that was not seen to return */
	__u64 regained; /* no sum has it: given up by the loader, and ended all the same */
};

#endif /* __EVENT_H */
