# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Refuse TOML nested deeper than any spec, before a parser sees it.

In:   the document's text
Out:  the line that goes too deep, if one does

tomllib recurses once per bracket and needs memory in the square of a dotted key's
length: 200 kB of `a.a.a` got the process killed. This looks at brackets and dots
only; what the text means, and whether it is TOML at all, is for tomllib to say.

Upstream: "TOML v1.0.0", sections "Comment", "String" and "Keys".
"""

from __future__ import annotations

import re

MAX_DEPTH = 8
"""Open brackets, or dots in one key; the contract, written inline, needs five."""

# Strings and comments are matched whole so that what is in them is not looked at, closed or
# not: an unclosed one is an error that tomllib will find. No part can backtrack.
_TOKEN = re.compile(
    r"""
      (?P<opaque> \"{3} (?: [^"\\] | \\. | "(?!"") )*+ (?: \"{3,5} | \Z )
                | '{3} (?: [^'] | '(?!'') )*+ (?: '{3,5} | \Z )
                | " (?: [^"\\\n] | \\. )*+ "?
                | ' [^'\n]*+ '?
                | \# [^\n]*+ )
    | (?P<opening> [\[{] )
    | (?P<closing> [\]}] )
    | (?P<dot> \. )
    | (?P<end> [,=\n] )
    """,
    re.VERBOSE | re.DOTALL,
)


def too_deep(text: str) -> int | None:
    """The 1-based line where brackets or a dotted key pass MAX_DEPTH; None when none does."""
    brackets = dots = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "opaque":
            continue
        if token.lastgroup == "dot":
            dots += 1
        else:
            dots = 0
            if token.lastgroup == "opening":
                brackets += 1
            elif token.lastgroup == "closing":
                brackets = max(0, brackets - 1)
        if max(brackets, dots) > MAX_DEPTH:
            return text.count("\n", 0, token.start()) + 1
    return None
