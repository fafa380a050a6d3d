/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Tell function, file and line of an address, from the function table of the traced binary. */
#ifndef __SYMBOLS_H
#define __SYMBOLS_H

#include <stdbool.h>

#include <linux/types.h>

#include "out.h"
#include "stack.h"

/* Where the binary has what is needed: addresses as linked, which a stripped copy shares. */
struct symbol_tables {
	__u64 pclntab;
	__u64 text; /* runtime.text, which functions are counted from */
	__u64 gofunc; /* go:func.*, which inline trees are counted from; 0 when not known */
	__u8 wrapper; /* funcID of functions that Go leaves out of tracebacks */
};

/* Functions compiled into one another at one instruction: more are not told apart. */
#define SYMBOLS_MAX 32

/* A function that an instruction belongs to. */
struct symbol {
	char *function;
	char *file;
	__u32 line;
	bool inlined; /* compiled into the next one */
	bool wrapper;
	__u64 entry; /* of the code it is compiled into; the same for all that share it */
};

/* image.c: what the binary has at an address; read_some() gives as much as there is. */
bool open_image(int fd);
bool position_independent(void);
size_t read_some(void *buf, size_t len, __u64 address);
bool read_whole(void *buf, size_t len, __u64 address);

/* pclntab.c: the functions of one instruction, the innermost first; how many, 0 when unknown. */
bool open_symbols(int fd, const struct symbol_tables *tables);
int find_symbols(__u64 address, struct symbol *symbols);
void free_symbols(struct symbol *symbols, int cnt);

/* A stack, and how far its addresses are from those as linked. */
struct call_stack {
	const struct go_stack *frames;
	__u64 bias;
	bool located; /* false: the bias is not known */
};

/* One line of a stack; symbol is NULL when the address is none of the binary's functions. */
struct stack_line {
	const struct symbol *symbol;
	__u64 address;
};

/* symbolize.c: every function of a stack, as runtime.Callers would list them. */
void each_line(const struct call_stack *stack,
	       void (*line)(void *ctx, const struct stack_line *line), void *ctx);
void out_stack(struct out *o, const struct call_stack *stack);

/* folded.c: count stacks, and print one line for each in the end. */
void fold_stack(const struct call_stack *stack);
void print_folded(struct out *o);

#endif /* __SYMBOLS_H */
