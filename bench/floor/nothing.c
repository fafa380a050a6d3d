// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
/* What starting any static program costs: get ready, and wait for the end of standard input. */
#include <unistd.h>

int main(void)
{
	char byte;

	if (write(STDERR_FILENO, "ready:\n", 7) != 7)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
