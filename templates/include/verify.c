// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Refuse a binary that the tracer was not built for.
 *
 * A uprobe in the middle of an instruction kills the program it is in. So the build IDs, the
 * code of every traced function and the instruction at every site are compared, all through the
 * file descriptor that the probes are then attached to.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

#define NOTES_MAX (1 << 16)
#define NT_GO_BUILD_ID 4
#define FNV_OFFSET 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

#define complain(quiet, ...)                          \
	do {                                          \
		if (!(quiet))                         \
			fprintf(stderr, __VA_ARGS__); \
	} while (0)

static bool read_at(int fd, void *buf, size_t len, __u64 file_offset)
{
	return pread(fd, buf, len, file_offset) == (ssize_t)len;
}

/*
 * Copy the note of this owner and type into buf, which stays empty when there is none.
 * hex: the note holds bytes, not text.
 */
static void copy_note(const char *notes, size_t len, const char *owner, __u32 type, bool hex,
		      char *buf, size_t buf_len)
{
	const Elf64_Nhdr *n;
	const char *desc;
	size_t i, at = 0;

	while (at + sizeof(*n) <= len) {
		n = (const Elf64_Nhdr *)(notes + at);
		if (n->n_namesz > len || n->n_descsz > len)
			return;
		desc = (const char *)(n + 1) + (n->n_namesz + 3) / 4 * 4;
		at = desc - notes + (n->n_descsz + 3) / 4 * 4;
		if (desc + n->n_descsz > notes + len)
			return;
		/* Go's linker counts the padding of its name, "Go\0\0". */
		if (n->n_type != type || n->n_namesz < strlen(owner) + 1 ||
		    memcmp(n + 1, owner, strlen(owner) + 1))
			continue;
		if (hex) {
			for (i = 0; i < n->n_descsz && 2 * i + 2 < buf_len; i++)
				sprintf(buf + 2 * i, "%02x", (unsigned char)desc[i]);
		} else {
			snprintf(buf, buf_len, "%.*s", (int)n->n_descsz, desc);
		}
		return;
	}
}

struct build_ids {
	char gnu[256];
	char go[256];
};

static void read_notes(int fd, __u64 file_offset, __u64 size, struct build_ids *ids)
{
	char *notes;

	if (size > NOTES_MAX)
		return;
	notes = malloc(size);
	if (notes && read_at(fd, notes, size, file_offset)) {
		if (!*ids->gnu)
			copy_note(notes, size, "GNU", NT_GNU_BUILD_ID, true, ids->gnu,
				  sizeof(ids->gnu));
		if (!*ids->go)
			copy_note(notes, size, "Go", NT_GO_BUILD_ID, false, ids->go,
				  sizeof(ids->go));
	}
	free(notes);
}

/*
 * Read both build IDs. Go's linker describes only its own by a program header: the GNU build ID
 * is found by its section, which strip keeps.
 */
static bool read_build_ids(int fd, struct build_ids *ids)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	Elf64_Shdr shdr;
	int i;

	if (!read_at(fd, &ehdr, sizeof(ehdr), 0) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG) ||
	    ehdr.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (i = 0; i < ehdr.e_phnum && ehdr.e_phentsize == sizeof(phdr); i++) {
		if (read_at(fd, &phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr)) &&
		    phdr.p_type == PT_NOTE)
			read_notes(fd, phdr.p_offset, phdr.p_filesz, ids);
	}
	for (i = 0; i < ehdr.e_shnum && ehdr.e_shentsize == sizeof(shdr); i++) {
		if (read_at(fd, &shdr, sizeof(shdr), ehdr.e_shoff + i * sizeof(shdr)) &&
		    shdr.sh_type == SHT_NOTE)
			read_notes(fd, shdr.sh_offset, shdr.sh_size, ids);
	}
	return true;
}

static bool same_id(const char *what, const char *expected, char *found, bool quiet)
{
	char *p;

	if (!strcmp(expected, found))
		return true;
	/* It is some other file's, and meant for no terminal. */
	for (p = found; *p; p++) {
		if (*p <= ' ' || *p > '~')
			*p = '?';
	}
	complain(quiet, "error: not the binary this tracer was built for: %s %s, expected %s\n",
		 what, *found ? found : "missing", *expected ? expected : "none");
	return false;
}

static bool same_site(int fd, const char *symbol, const struct attach_site *s, bool quiet)
{
	__u8 code[SITE_CODE_MAX];

	if (read_at(fd, code, s->code_len, s->file_offset) && !memcmp(code, s->code, s->code_len))
		return true;
	complain(quiet,
		 "error: not the binary this tracer was built for: the instruction of %s at 0x%llx "
		 "(file offset 0x%llx) differs\n",
		 symbol, s->address, s->file_offset);
	return false;
}

static bool same_code(int fd, const struct function *f, bool quiet)
{
	__u64 hash = FNV_OFFSET, at = 0, i, n;
	__u8 buf[4096];

	while (at < f->size) {
		n = f->size - at < sizeof(buf) ? f->size - at : sizeof(buf);
		if (!read_at(fd, buf, n, f->file_offset + at))
			break;
		for (i = 0; i < n; i++)
			hash = (hash ^ buf[i]) * FNV_PRIME;
		at += n;
	}
	if (at == f->size && hash == f->code_hash)
		return true;
	complain(
		quiet,
		"error: not the binary this tracer was built for: the code of %s (%llu bytes at file "
		"offset 0x%llx) differs\n",
		f->symbol, f->size, f->file_offset);
	return false;
}

int verify_target(int fd, const struct tracer *t, bool quiet)
{
	const struct function *f = &t->functions[0];
	struct build_ids ids = {};
	__u32 i, j;

	/* Who looks through all processes finds others, nearly always: a single read tells them. */
	if (quiet && f->entry && !same_site(fd, f->symbol, f->entry, quiet))
		return EXIT_OTHER_BINARY;
	if (!read_build_ids(fd, &ids)) {
		complain(
			quiet,
			"error: not the binary this tracer was built for: not a 64-bit ELF file\n");
		return EXIT_OTHER_BINARY;
	}
	if (!same_id("build ID", t->gnu_build_id, ids.gnu, quiet) ||
	    !same_id("Go build ID", t->go_build_id, ids.go, quiet))
		return EXIT_OTHER_BINARY;
	for (i = 0; i < t->probed_cnt; i++) {
		f = &t->functions[i];
		if (f->entry && !same_site(fd, f->symbol, f->entry, quiet))
			return EXIT_OTHER_BINARY;
		if (f->floats && !same_site(fd, f->symbol, f->floats, quiet))
			return EXIT_OTHER_BINARY;
		for (j = 0; j < f->ret_cnt; j++) {
			if (!same_site(fd, f->symbol, &f->rets[j], quiet))
				return EXIT_OTHER_BINARY;
		}
		for (j = 0; j < f->tail_cnt; j++) {
			if (!same_site(fd, f->symbol, &f->tails[j], quiet))
				return EXIT_OTHER_BINARY;
		}
		if (!same_code(fd, f, quiet))
			return EXIT_OTHER_BINARY;
	}
	return 0;
}
