# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Run the command line: `gogen`, and `python -m gogen`."""

import sys


def main() -> None:
    """Run a command; Ctrl-C ends quietly also while the rest is still being imported."""
    try:
        from gogen.cli import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
