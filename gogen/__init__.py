# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""gogen: a Go binary and a spec of functions in, one static native tracer out."""

__version__ = "0.1.0"
