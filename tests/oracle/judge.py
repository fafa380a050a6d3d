# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Judge a record by the truth: equal, or marked as cut or unreadable for a reason that holds.

In:   a record, the program's own account of the call, the limits the tracer was built with
Out:  nothing, or an AssertionError that names the path

The truth is whole; what the contract lets a tracer leave out is checked to be left out for
exactly its reason: a string past the limit, an element past the limit, a pointer past the
depth, a float that was in a register, the fields of a struct that only an interface holds.
"""

from __future__ import annotations

import base64
import re
import struct
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compare import go_text

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOAT = "register-assigned float: not in pt_regs"
NO_ROOM = "it did not fit into the record"
IGNORED = "in a register that the function ignores: lost if its stack grows as it begins"
OPAQUE = "only its type is known"

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_IMAGE_MAX = 1024
_KNOWN_ERRORS = {"*errors.errorString", "*fmt.wrapError", "syscall.Errno"}
_KNOWN_ERRORS |= {"context.deadlineExceededError", "*fs.PathError"}

Json = Any


@dataclass
class Judge:
    """
    Judges one record.

    Attributes:
        lowered, left_out: what gogen warned of.
        ignores: the function looks at none of its arguments.
    """

    record: Json
    string: int = 64
    slice: int = 8
    depth: int = 3
    lowered: dict[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    ignores: bool = False

    def __post_init__(self) -> None:
        self.truncated = dict(self.record.get("truncated", {}))
        self.unreadable = dict(self.record.get("unreadable", {}))
        self._held = 0
        """How many interfaces lead to what is judged: they have little room."""
        self._memory = 0
        """How much says that it was never in registers."""

    def compare(self, call: Json) -> None:
        for root in ("args", "results"):
            ours, theirs = set(self.record[root]), set(call[root]) - self.left_out
            if root == "args":
                # Of what a closure captured, the compiler tells in some builds.
                ours -= call.get("captured", {}).keys()
            assert ours == theirs, (root, ours ^ theirs)
            for name in ours:
                told = call[root][name]
                depth = self.lowered.get(name, self.depth)
                self._value(self.record[root][name], told, f"{root}.{name}", depth)
        for name, told in call.get("captured", {}).items():
            if name in self.record["args"]:
                depth = self.lowered.get(name, self.depth)
                self._value(self.record["args"][name], told, f"args.{name}", depth)
        if "type_args" in self.record:
            assert self.record["type_args"] == call["type_args"]
        assert not self.truncated, f"truncated without need: {self.truncated}"
        assert not self.unreadable, f"unreadable without need: {self.unreadable}"

    def _value(self, got: Json, told: Json, path: str, depth: int) -> None:
        if path in self.unreadable:
            reason = self.unreadable.pop(path)
            assert got is None, path
            floats = isinstance(told, dict) and told.keys() & {"f", "c"}
            whole = path.startswith("args.") and path.count(".") == 1
            opaque = self._held and path.endswith(".value") and isinstance(told, dict)
            # Of many interfaces less comes along than of a single one; all else has its room.
            cut = self._held or (isinstance(told, dict) and "i" in told)
            assert (
                (reason == IGNORED and self.ignores and whole)
                or (reason == FLOAT and floats and not self._memory)
                or (reason == OPAQUE and opaque)
                or (reason == NO_ROOM and cut)
            ), (path, reason)
            return
        if not isinstance(told, dict):
            assert got == told, (path, got, told)
            assert type(got) is type(told), (path, got, told)
            return
        for kind, judge in (("o", self._o), ("a", self._a), ("p", self._p), ("i", self._i)):
            if kind in told:
                judge(got, told, path, depth)
                return
        self._leaf(got, told, path)

    def _leaf(self, got: Json, told: Json, path: str) -> None:
        ((kind, value),) = told.items()
        if kind == "s" and self._held and path in self.truncated:
            # What an interface leads to has less room than a text may take.
            whole = go_text(base64.b64decode(value))
            assert self.truncated.pop(path) == len(base64.b64decode(value)), path
            assert whole.startswith(got.rstrip("\ufffd")), path
        elif kind == "b" and self._held and path in self.truncated:
            assert self.truncated.pop(path) == len(base64.b64decode(value)), path
            assert base64.b64decode(value).startswith(base64.b64decode(got)), path
        elif kind == "s":
            assert got == go_text(self._text(path, base64.b64decode(value))), path
        elif kind == "b":
            assert base64.b64decode(got) == self._text(path, base64.b64decode(value)), path
        elif kind == "f":
            bits = bytes.fromhex(value)
            assert struct.pack(">f" if len(bits) == 4 else ">d", got) == bits, (path, got)
        elif kind == "x":
            assert _ADDRESS.fullmatch(got), path
        else:
            assert kind in ("c", "t", "m", "j"), kind
            assert got == value, (path, got)

    def _o(self, got: Json, told: Json, path: str, depth: int) -> None:
        assert list(got) == [name for name, _ in told["o"]], path
        for name, value in told["o"]:
            self._value(got[name], value, f"{path}.{name}", depth)

    def _a(self, got: Json, told: Json, path: str, depth: int) -> None:
        whole = told["a"]
        length = self.truncated.pop(path, None)
        if told.get("self"):
            # Each slice within a value of its own elements' type costs depth, and ends by it.
            depth -= 1
            if depth < 0:
                assert got == [], f"{path} was followed too far"
                assert length == (len(whole) or None), path
                return
        if length is None:
            assert len(got) == len(whole), path
        else:
            assert length == len(whole) > len(got), path
            # Of an object no more than a piece is copied.
            fits = min(self.slice, _IMAGE_MAX // max(told.get("size", 1), 1))
            assert len(got) == fits or (self._held and len(got) < fits), path
        # Arrays of one element may be in registers.
        with self._inside(memory="size" in told or len(whole) > 1):
            for number, value in enumerate(whole[: len(got)]):
                self._value(got[number], value, f"{path}[{number}]", depth)

    def _text(self, path: str, whole: bytes) -> bytes:
        length = self.truncated.pop(path, None)
        if length is None:
            assert len(whole) <= self.string, path
            return whole
        assert length == len(whole) > self.string, path
        return whole[: self.string]

    def _p(self, got: Json, told: Json, path: str, depth: int) -> None:
        inner = told["p"]
        points_on = isinstance(inner, dict) and inner.keys() & {"p", "x"}
        # What a pointer to a pointer shows may be the second one's address.
        if isinstance(got, str) and _ADDRESS.fullmatch(got) and not (depth > 0 and points_on):
            assert depth <= 0 or not 0 < told["size"] <= _IMAGE_MAX, f"{path} was not followed"
            return
        assert depth > 0, f"{path} was followed too far"
        with self._inside():
            self._value(got, inner, path, depth - 1)

    @contextmanager
    def _inside(self, *, memory: bool = True, held: bool = False) -> Iterator[None]:
        self._memory += memory
        self._held += held
        yield
        self._memory -= memory
        self._held -= held

    def _i(self, got: Json, told: Json, path: str, depth: int) -> None:
        assert got["type"] == told["i"], (path, got, told["i"])
        if "error" in got:
            # Deeper ones need not have come along.
            for number, inner in enumerate(got.get("wraps", ())):
                assert depth > 0, path
                with self._inside(held=True):
                    self._value(inner, told["w"][number], f"{path}.wraps[{number}]", depth - 1)
            if got["error"] is None:
                reason = self.unreadable.pop(f"{path}.error")
                names = {each["i"] for each in told["w"]}
                unknown = any(reason == f"the text of the {n} in it is not known" for n in names)
                # Of many interfaces in a value less comes along than of a single one.
                cut = reason == "what it wraps did not fit into the record"
                assert unknown or cut, (path, reason)
                return
            whole = base64.b64decode(told["e"])
            length = self.truncated.pop(f"{path}.error", None)
            if length is None:
                assert got["error"] == go_text(whole), (path, got["error"], whole)
            else:
                assert length == len(whole), (path, length, whole)
                text = go_text(whole)
                assert text.startswith(got["error"].rstrip("\ufffd")), (path, got["error"], text)
            return
        cut = self.unreadable.get(f"{path}.value") == NO_ROOM
        known = told["i"] in _KNOWN_ERRORS and not cut
        assert depth <= 0 or not known, f"{path}: {told['i']} has no text"
        value = got["value"]
        if isinstance(value, str) and _ADDRESS.fullmatch(value):
            pointers = ("*", "map[", "chan ", "func(")
            assert depth <= 0 or told["i"].startswith(pointers), (path, got)
            return
        inner = f"{path}.value"
        if depth <= 0 and inner in self.unreadable:
            assert self.unreadable.pop(inner) == OPAQUE, path
            return
        held = told["v"]
        if isinstance(held, dict) and "p" in held and told["i"].startswith("*"):
            # The pointer is the interface's own word: it is no step further.
            held = held["p"]
        with self._inside(held=True):
            self._value(value, held, inner, depth - 1)
