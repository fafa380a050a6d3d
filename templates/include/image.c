// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* Read what the traced binary has at an address, from its file. */
#include <elf.h>
#include <unistd.h>

#include "symbols.h"

#define SEGMENTS_MAX 16

static struct {
	int fd;
	bool position_independent;
	struct {
		__u64 address;
		__u64 file_offset;
		__u64 size;
	} segments[SEGMENTS_MAX];
	int segment_cnt;
} image;

bool open_image(int fd)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	int i;

	image.fd = fd;
	image.segment_cnt = 0;
	if (pread(fd, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr) || ehdr.e_phentsize != sizeof(phdr))
		return false;
	image.position_independent = ehdr.e_type == ET_DYN;
	for (i = 0; i < ehdr.e_phnum && image.segment_cnt < SEGMENTS_MAX; i++) {
		if (pread(fd, &phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr)) != sizeof(phdr))
			return false;
		if (phdr.p_type != PT_LOAD)
			continue;
		image.segments[image.segment_cnt].address = phdr.p_vaddr;
		image.segments[image.segment_cnt].file_offset = phdr.p_offset;
		image.segments[image.segment_cnt++].size = phdr.p_filesz;
	}
	return true;
}

bool position_independent(void)
{
	return image.position_independent;
}

size_t read_some(void *buf, size_t len, __u64 address)
{
	ssize_t n;
	__u64 into;
	int i;

	for (i = 0; i < image.segment_cnt; i++) {
		into = address - image.segments[i].address;
		if (address < image.segments[i].address || into >= image.segments[i].size)
			continue;
		if (len > image.segments[i].size - into)
			len = image.segments[i].size - into;
		n = pread(image.fd, buf, len, image.segments[i].file_offset + into);
		return n < 0 ? 0 : n;
	}
	return 0;
}

bool read_whole(void *buf, size_t len, __u64 address)
{
	return read_some(buf, len, address) == len;
}
