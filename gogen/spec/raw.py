# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Describe spec.toml: its tables, keys, types and bounds, with the words an editor shows.

In:   -
Out:  RawSpec, a pydantic model: what TOML values a spec may hold, before any of its
      strings is understood as Go

Upstream: pydantic's "Strict Mode" (no value is converted: a number in quotes is not a
number). `gogen schema` is made from this module, so a description is documentation, and
nothing that is not supported yet appears here. None stands for an absent key.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from gogen.spec.model import Limits

NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
"""Safe as a file name, and as a C identifier once `-` is `_`."""

GO_VERSION = r"^1\.[0-9]{1,3}(\.[0-9]{1,3}|(beta|rc)[0-9]{1,2})?$"

MAX_TEXT = 4096
"""UTF-8 bytes of a symbol or a path; Linux's PATH_MAX."""

MAX_PATTERN = 500
"""Characters of a regular expression."""

BOUNDS = {
    "string": (
        0,
        4096,
        "every record reserves this room for each string, in the ring buffer and in flight",
    ),
    "slice": (0, 64, "every element is read by instructions of its own"),
    "depth": (0, 8, "each pointer followed may multiply what is read"),
    "rate": (0, 10_000_000, "no more can be sent; 0 sets no bound"),
}
"""Key of [limits] -> least, most, and why not more."""

NOT_YET: dict[tuple[str, ...], tuple[str, ...]] = {
    ("function",): ("where", "sample", "metric"),
}
"""Keys of the contract, by table, that this version does not take."""


def _limit(key: str, description: str) -> Any:
    least, most, why = BOUNDS[key]
    return Field(
        default=getattr(Limits(), key),
        ge=least,
        le=most,
        description=f"{description} {least} to {most}: {why}.",
    )


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RawLimits(_Table):
    """How much of a value travels."""

    string: Annotated[int, _limit("string", "Bytes recorded of a string or []byte.")]
    slice: Annotated[int, _limit("slice", "Elements recorded of a slice or array.")]
    depth: Annotated[int, _limit("depth", "Pointers followed from a parameter or result.")]
    rate: Annotated[
        int,
        _limit("rate", "Records per second of one function; the rest is counted as throttled."),
    ]


def _capture_tag(value: object) -> str:
    return CAPTURE_TAGS[isinstance(value, dict)]


CAPTURE_TAGS = ("expression", "alias")
"""What pydantic calls the two forms of a capture in an error's place."""

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=NAME)]
GoVersion = Annotated[str, Field(pattern=GO_VERSION)]


class RawTracer(_Table):
    """The tracer: what it is called and which program it is for."""

    name: Annotated[
        Name | None,
        Field(
            description="The tracer's name, and that of its folder and files: a letter, then "
            "letters, digits, '_' and '-', 63 at most. Default: the spec file's name "
            "without its suffix.",
        ),
    ] = None
    binary: Annotated[
        Text,
        Field(
            description="The Go program to trace, relative to this file. Every address is "
            "taken from it, so it must be the very build that will run."
        ),
    ]
    go: Annotated[
        GoVersion | None,
        Field(
            description="The Go version that built the binary, such as 1.26.1; needed only "
            "when the binary does not say.",
        ),
    ] = None
    output: Annotated[
        Text | None,
        Field(
            description="The folder to write the tracer's folder into, relative to this "
            "file. Default: generated/ in the current directory; -o wins over both."
        ),
    ] = None


class RawFunction(_Table):
    """One function to trace, or all that an expression finds."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["symbol"]}, {"required": ["match"]}]}
    )

    symbol: Annotated[
        Text | None,
        Field(
            description="The function as `go tool nm` prints it: main.foo, main.(*Server).Handle. "
            "This or match is needed."
        ),
    ] = None
    match: Annotated[
        Text | None,
        Field(
            description="A regular expression: every function of the binary whose symbol it is "
            "found in, and that can be traced. Anchor it: '^main\\.\\(\\*Server\\)\\.'."
        ),
    ] = None
    signature: Annotated[
        Text | None,
        Field(
            description="The function's type in Go syntax, a method's receiver first: "
            "func(s *main.Server, req *http.Request) error. Needed only when the binary has no "
            "DWARF."
        ),
    ] = None
    emit: Annotated[
        Literal["call", "entry", "return", "both"],
        Field(
            description="Which records: call (one when the call ends, with arguments and "
            "results), entry, return, or both (one at entry, another at the end)."
        ),
    ] = "call"
    capture: Annotated[
        list[
            Annotated[
                Annotated[Text, Tag(CAPTURE_TAGS[0])]
                | Annotated[
                    dict[str, Text], Field(min_length=1, max_length=1), Tag(CAPTURE_TAGS[1])
                ],
                Discriminator(_capture_tag),
            ]
        ]
        | None,
        Field(
            description="The values to record, in Go syntax, from a parameter or result on: "
            "req.URL.Path, items[0].ID, len(b), string(b[:16]), hex(id), *p, int32(x). Unnamed "
            'results are ~r0, ~r1. A value gets another name so: { path = "req.URL.Path" }. '
            "Default: every parameter and result. An empty list records the call alone."
        ),
    ] = None
    stack: Annotated[
        bool,
        Field(
            description="Record where each call came from: the functions that were running, with "
            "file and line. With emit both, the record of the entry has it."
        ),
    ] = False
    floats: Annotated[
        Literal["signal"] | None,
        Field(
            description="How to read floats that are passed in registers: signal sends the thread "
            "the signal that Go preempts goroutines with, at each call, which takes some "
            "microseconds and shows results too. Default: read those that the function itself "
            "stores."
        ),
    ] = None
    limits: Annotated[
        RawLimits | None,
        Field(description="Limits for this function; what is absent comes from [limits]."),
    ] = None


class RawSpec(_Table):
    """What to trace: a Go binary and functions in it."""

    tracer: Annotated[RawTracer, Field(description="The tracer and the program it is for.")]
    limits: Annotated[
        RawLimits | None,
        Field(description="How much of a value travels, for every function."),
    ] = None
    types: Annotated[
        dict[str, Text] | None,
        Field(
            description="Go types the binary cannot tell: the name as source code writes it, "
            'quoted, and the type in Go syntax: "main.ID" = "int64".'
        ),
    ] = None
    function: Annotated[
        list[RawFunction],
        Field(min_length=1, description="The functions to trace, one [[function]] for each."),
    ]
