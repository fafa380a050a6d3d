// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Load each BPF object named, as programs that may sleep, which are the longer ones; print for each
 * of its programs the object, the program and how many instructions the verifier processed; or
 * `refused` and why.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

static char said[1 << 16];

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t at = strlen(said);

	if (level == LIBBPF_WARN)
		vsnprintf(said + at, sizeof(said) - at, format, args);
	return 0;
}

/* Set the constant that keeps what only sleeping programs do. */
static void let_fault(struct bpf_object *obj)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_var_secinfo *var;
	const struct btf_type *section;
	struct bpf_map *map;
	char *values;
	size_t size;
	int i, id;

	id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	map = bpf_object__find_map_by_name(obj, ".rodata");
	if (id < 0 || !map)
		return;
	section = btf__type_by_id(btf, id);
	values = (char *)bpf_map__initial_value(map, &size);
	var = btf_var_secinfos(section);
	for (i = 0; i < btf_vlen(section); i++, var++) {
		const struct btf_type *type = btf__type_by_id(btf, var->type);

		if (strcmp(btf__name_by_offset(btf, type->name_off), "may_fault") == 0) {
			values[var->offset] = 1;
			return;
		}
	}
	return;
}

static void show(const char *path)
{
	struct bpf_prog_info info;
	struct bpf_program *prog;
	struct bpf_object *obj;
	__u32 size;

	*said = '\0';
	obj = bpf_object__open(path);
	if (obj) {
		let_fault(obj);
		bpf_object__for_each_program(prog, obj)
			bpf_program__set_flags(prog, BPF_F_SLEEPABLE);
	}
	if (!obj || bpf_object__load(obj)) {
		printf("%s refused\n%s\n", path, said);
		bpf_object__close(obj);
		return;
	}
	bpf_object__for_each_program(prog, obj) {
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size);
		printf("%s %s %u\n", path, bpf_program__name(prog), info.verified_insns);
	}
	bpf_object__close(obj);
}

int main(int argc, char **argv)
{
	int i;

	libbpf_set_print(keep);
	for (i = 1; i < argc; i++)
		show(argv[i]);
	return 0;
}
