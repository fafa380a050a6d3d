/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Read the memory of a Go program. Every reader returns 0, or a negative errno. */
#ifndef __GO_READ_BPF_H
#define __GO_READ_BPF_H

/* No Go object is larger than this: runtime.maxAlloc is 48 bits on every 64-bit system. */
#define GO_MAX_LEN (1ULL << 48)

/* Set when the programs were loaded as sleepable. */
const volatile bool may_fault;

static __always_inline long go_read(void *dst, __u32 size, __u64 address)
{
	long err;

	err = bpf_probe_read_user(dst, size, (const void *)address);
	/*
	 * The page may merely not be resident, such as a string constant nobody has touched yet:
	 * a sleepable program may fault it in, as the Go program itself would. Where programs
	 * can't sleep, may_fault is a known zero and the verifier drops the call.
	 */
	if (err && may_fault)
		err = bpf_copy_from_user(dst, size, (const void *)address);
	return err;
}

#define go_read_value(dst, address) go_read(dst, sizeof(*(dst)), address)

/* Read at most limit bytes of b. */
static __always_inline long go_read_bytes(void *dst, __u32 limit, const struct go_bytes *b)
{
	__u64 len = b->len;

	if (len > GO_MAX_LEN)
		return -EFAULT;
	if (len > limit)
		len = limit;
	/* Keep clang from testing b->len and passing a reloaded one, which has no bounds. */
	barrier_var(len);
	if (len > limit)
		return -EFAULT;
	return go_read(dst, len, b->data);
}

/* The same of a string or []byte whose words are not in registers but at an address. */
static __always_inline long go_read_bytes_at(void *dst, __u32 limit, struct go_bytes *b,
					     __u64 address)
{
	if (go_read_value(b, address))
		return -EFAULT;
	return go_read_bytes(dst, limit, b);
}

#endif /* __GO_READ_BPF_H */
