// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/*
 * Print what the loader says of addresses in a binary. In: its path, the four numbers of struct
 * symbol_tables; addresses on standard input, one a line. Out: one line for each function.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "symbols.h"

static __u64 number(const char *text)
{
	return strtoull(text, NULL, 0);
}

int main(int argc, char **argv)
{
	struct symbol symbols[SYMBOLS_MAX];
	struct symbol_tables tables = {};
	char line[64];
	int i, cnt, fd;

	if (argc != 6)
		return 2;
	fd = open(argv[1], O_RDONLY);
	tables.pclntab = number(argv[2]);
	tables.text = number(argv[3]);
	tables.gofunc = number(argv[4]);
	tables.wrapper = number(argv[5]);
	if (fd < 0 || !open_symbols(fd, &tables)) {
		printf("refused\n");
		return 0;
	}
	while (fgets(line, sizeof(line), stdin)) {
		cnt = find_symbols(number(line), symbols);
		for (i = 0; i < cnt; i++)
			printf("%s\t%s:%u\t%s\n", symbols[i].function, symbols[i].file,
			       symbols[i].line, symbols[i].inlined ? "inlined" : "");
		free_symbols(symbols, cnt);
		printf(".\n");
	}
	return 0;
}
