# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Run the command line: `python -m gogen`."""

from gogen.cli import main

main()
