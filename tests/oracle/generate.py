# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Make Go programs of random types and functions that say themselves what they were called with.

In:   a seed
Out:  the files of a program, and the symbols of its functions

Only types and signatures are chosen here. What the values are, the program decides and tells:
support/fill.go sets them and support/truth.go reads them, both through reflect, which knows
nothing of registers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SUPPORT = Path(__file__).parent / "support"

_BASIC = (
    *("bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32"),
    *("uint64", "uintptr", "float32", "float64", "complex128", "string", "string", "[]byte"),
    *(
        "error",
        "any",
        "shape",
        "time.Duration",
        "time.Time",
        "map[string]int",
        "chan int",
        "func()",
    ),
    *("complex64", "[]Byte", "[]rune", "[]error", "[]any", "[3]any", "[16]byte", "[5]uint8"),
    *("func(int, string) error", "chan<- int", "<-chan string", "unsafe.Pointer", "Text"),
    *("atomic.Int64", "atomic.Bool", "sync.Mutex", "json.RawMessage", "Box[int]", "Box[string]"),
    *("Pair[string, Box[uint8]]", "*Box[error]", "Pair[Text, []byte]", "[]Box[*int]", "Level"),
    *("net.IP", "*big.Int", "big.Int", "netip.Addr", "netip.AddrPort", "UUID", "time.Month"),
)
_LINKS = (
    *("next *{0}", "*{0}", "kids []{0}", "next *{0}; kids []{0}", "pairs []Pair{0}"),
    *("all [][1]{0}", "up *[]{0}", "of map[string]{0}; next **{0}"),
)
_USED = {
    "encoding/json": "json.RawMessage",
    "math/big": "big.Int",
    "net": "net.IP",
    "net/netip": "netip.Addr",
    "sync": "sync.Mutex",
    "sync/atomic": "atomic.Bool",
    "time": "time.Time",
    "unsafe": "unsafe.Pointer",
}
_KEYS = ("int", "string", "uint8")


@dataclass(frozen=True)
class Program:
    """
    A program's files by name, and the functions it calls as `go tool nm` prints them.

    Attributes:
        ignoring: those of the functions that ignore all their parameters.
    """

    files: dict[str, str]
    symbols: tuple[str, ...]
    ignoring: frozenset[str]


@dataclass
class _Maker:
    chance: random.Random
    blanks: bool
    named: list[str] = field(default_factory=list)
    declarations: list[str] = field(default_factory=list)

    def type(self, depth: int = 0) -> str:
        """Choose a type; below a few levels only simple ones."""
        roll = self.chance.random()
        if depth >= 3 or roll < 0.45:
            if self.named and roll < 0.2:
                return self.chance.choice(self.named)
            return self.chance.choice(_BASIC)
        if roll < 0.60:
            return f"*{self.type(depth + 1)}"
        if roll < 0.72:
            return f"[]{self.type(depth + 1)}"
        if roll < 0.80:
            return f"[{self.chance.randint(0, 3)}]{self.type(depth + 1)}"
        if roll < 0.84:
            return f"map[{self.chance.choice(_KEYS)}]{self.type(3)}"
        if roll < 0.87:
            return f"chan {self.type(3)}"
        return self.struct(depth + 1)

    def struct(self, depth: int) -> str:
        fields = []
        for number in range(self.chance.randint(0, 5)):
            name = "_" if self.chance.random() < 0.08 else f"f{number}"
            fields.append(f"{name} {self.type(depth)}")
        return f"struct {{ {'; '.join(fields)} }}" if fields else "struct{}"

    def declare(self, number: int) -> None:
        name = f"T{number}"
        roll = self.chance.random()
        if roll < 0.2:
            # It leads to itself; an embedded struct when there is one.
            embedded = [n for n in self.named if f"type {n} struct" in "\n".join(self.declarations)]
            first = f"{self.chance.choice(embedded)}; " if embedded else ""
            links = self.chance.choice(_LINKS).format(name)
            body = f"struct {{ {first}value {self.type(2)}; {links} }}"
            if "Pair" in links:
                self.declarations.append(f"type Pair{name} struct {{ key string; of {name} }}")
        elif roll < 0.23:
            body = f"[]{name}"
        elif roll < 0.75:
            body = self.struct(0)
        else:
            body = self.type(1)
            while body in ("error", "any", "shape") or body.startswith("*"):
                body = self.type(1)
        self.declarations.append(f"type {name} {body}")
        self.named.append(name)


def program(seed: int, *, blanks: bool, functions: int = 24, calls: int = 12) -> Program:
    """
    Make one program; equal arguments give equal programs.

    Args:
        seed: chooses types and signatures, and in the program its values.
        blanks: with blank parameters, which Go before 1.22 does not list in DWARF: gogen
            finds them again where they were in registers, and refuses the others.
        functions: how many there are.
        calls: of each.
    """
    maker = _Maker(random.Random(seed), blanks)  # noqa: S311 - programs, not secrets
    for number in range(8):
        maker.declare(number)
    bodies: list[str] = []
    symbols: list[str] = []
    for number in range(functions):
        make = (_generic, _closure, *[_function] * 6)[number % 8]
        text, symbol = make(maker, number, calls)
        bodies.append(text)
        symbols.append(symbol)
    runs = "\n".join(f"\tcall{number}()" for number in range(functions))
    main = f"""\
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"time"
)

var _ time.Duration

func main() {{
	chance = rand.New(rand.NewSource({seed}))
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\\n')
{runs}
}}
"""
    imports = "".join(f'\t"{path}"\n' for path in _USED)
    used = "var (\n" + "".join(f"\t_ {name}\n" for name in _USED.values()) + ")\n\n"
    head = f"package main\n\nimport (\n{imports})\n\n{used}"
    files = {
        "go.mod": "module oracle\n\ngo 1.18\n",
        "main.go": main,
        "types.go": head + "\n\n".join(maker.declarations) + "\n",
        "functions.go": head + "\n".join(bodies),
        **{path.name: path.read_text() for path in sorted(SUPPORT.glob("*.go"))},
    }
    ignoring = frozenset(symbol for n, symbol in enumerate(symbols) if _ignores(n))
    return Program(files, tuple(symbols), ignoring)


def _ignores(number: int) -> bool:
    return number % 5 == 3


def _touches(number: int, names: Iterable[str], tabs: str) -> str:
    if _ignores(number):
        return ""
    return "".join(f"\n{tabs}touch(&{name})" for name in names if name != "_")


def _function(maker: _Maker, number: int, calls: int) -> tuple[str, str]:
    """Write one function and the one that calls it."""
    chance = maker.chance
    params = [
        ("_" if maker.blanks and chance.random() < 0.08 else f"a{n}", maker.type())
        for n in range(chance.randint(0, chance.choice((3, 6, 12))))
    ]
    results = [maker.type() for _ in range(chance.randint(0, chance.choice((2, 4, 8))))]
    named = chance.random() < 0.4
    variadic = chance.random() < 0.1
    if variadic:
        params.append(("rest", f"[]{maker.type(2)}"))
    receiver = chance.choice([n for n in maker.named if n != "T0"]) if chance.random() < 0.2 else ""
    pointer = chance.random() < 0.5
    name = f"F{number}"
    symbol = name
    shown = list(params)
    head = f"func {name}"
    callee = name
    if receiver and not _is_pointer_like(maker, receiver):
        star = "*" if pointer else ""
        head = f"func (self {star}{receiver}) {name}"
        symbol = f"(*{receiver}).{name}" if pointer else f"{receiver}.{name}"
        shown = [("self", f"{star}{receiver}"), *params]
        callee = f"in.p0.{name}"
    fields = "; ".join(f"p{n} {t}" for n, (_, t) in enumerate(shown))
    outs = "; ".join(f"r{n} {t}" for n, t in enumerate(results))
    listed = ", ".join(
        f"{p} ...{t[2:]}" if variadic and p == "rest" else f"{p} {t}" for p, t in params
    )
    returned = ", ".join((f"r{n} " if named else "") + t for n, t in enumerate(results))
    first = len(shown) - len(params)
    passed = ", ".join(
        f"in.p{n + first}" + ("..." if variadic and p == "rest" else "")
        for n, (p, _) in enumerate(params)
    )
    gives = ", ".join(f"out{number}.r{n}" for n in range(len(results)))
    told = ", ".join(f'"{p}": truth(&in.p{n})' for n, (p, _) in enumerate(shown) if p != "_")
    got = ", ".join(f"g{n}" for n in range(len(results)))
    results_told = ", ".join(
        f'"{f"r{n}" if named else f"~r{n}"}": truth(&g{n})' for n in range(len(results))
    )
    grows = "\n\tvar space [4096]byte\n\tspace[ticks&4095]++" if chance.random() < 0.2 else ""
    assign = f"{got} := " if results else ""
    touches = _touches(number, [name for name, _ in shown], "\t")
    # A nil receiver is passed only where it is a pointer, and then it is not looked at.
    return (
        f"""\
var out{number} struct {{ {outs} }}

//go:noinline
{head}({listed}) ({returned}) {{{grows}{touches}
	ticks++
	return {gives}
}}

func call{number}() {{
	for i := 0; i < {calls}; i++ {{
		var in struct {{ {fields} }}
		fill(&in)
		fill(&out{number})
		args := values{{{told}}}
		{assign}{callee}({passed})
		show("{symbol}", args, values{{{results_told}}})
	}}
}}
""",
        f"main.{symbol}",
    )


def _hidden(maker: _Maker) -> tuple[list[tuple[str, str]], list[str]]:
    """Choose parameters and results of a function that is called with something else, too."""
    params = [(f"a{n}", maker.type()) for n in range(maker.chance.randint(0, 3))]
    return params, [maker.type() for _ in range(maker.chance.randint(1, 3))]


def _closure(maker: _Maker, number: int, calls: int) -> tuple[str, str]:
    """Write a closure with variables that it changes, and some that it does not."""
    params, results = _hidden(maker)
    variables = [(f"c{n}", maker.type()) for n in range(maker.chance.randint(1, 4))]
    changed = [name for name, _ in variables if maker.chance.random() < 0.5]
    fields = "; ".join(f"p{n} {t}" for n, (_, t) in enumerate(params))
    outs = "; ".join(f"r{n} {t}" for n, t in enumerate(results))
    held = "; ".join(f"{name} {t}" for name, t in variables)
    listed = ", ".join(f"{p} {t}" for p, t in params)
    begin = "\n".join(f"\t\t{name} := held.{name}" for name, _ in variables)
    uses = "\n".join(f"\t\t\tuse({name})" for name, _ in variables)
    moves = "\n".join(f"\t\t\t{name} = next.{name}" for name in changed)
    told = ", ".join(f'"{p}": truth(&in.p{n})' for n, (p, _) in enumerate(params))
    captured = ", ".join(f'"{name}": truth(&held.{name})' for name, _ in variables)
    captured += ', "next": truth(&next)' if changed else ""
    got = ", ".join(f"g{n}" for n in range(len(results)))
    results_told = ", ".join(f'"~r{n}": truth(&g{n})' for n in range(len(results)))
    passed = ", ".join(f"in.p{n}" for n in range(len(params)))
    touches = _touches(number, [name for name, _ in params], "\t\t\t")
    return (
        f"""\
var out{number} struct {{ {outs} }}
var run{number} func({", ".join(t for _, t in params)}) ({", ".join(results)})

func call{number}() {{
	for i := 0; i < {calls}; i++ {{
		var in struct {{ {fields} }}
		var held, next struct {{ {held} }}
		fill(&in)
		fill(&held)
		fill(&next)
		fill(&out{number})
{begin}
		run{number} = func({listed}) ({", ".join(results)}) {{{touches}
			ticks++
{uses}
{moves}
			return {", ".join(f"out{number}.r{n}" for n in range(len(results)))}
		}}
		args, captured := values{{{told}}}, values{{{captured}}}
		{got} := run{number}({passed})
		showHidden("call{number}.func1", args, values{{{results_told}}}, captured)
	}}
}}
""",
        f"main.call{number}.func1",
    )


_ARGUMENTS = ("int", "string", "uint8", "float64", "int16", "bool")


def _generic(maker: _Maker, number: int, calls: int) -> tuple[str, str]:
    """Write a generic function, and calls of two instances; the symbol ends at its `[`."""
    params, results = _hidden(maker)
    params = [("first", "P"), ("list", "[]P"), ("to", "*P"), *params]
    chosen = maker.chance.sample((*_ARGUMENTS, "N0", "N1"), 2)
    outs = "; ".join(f"r{n} {t}" for n, t in enumerate(results))
    listed = ", ".join(f"{p} {t}" for p, t in params)
    told = ", ".join(f'"{p}": truth(&in.p{n})' for n, (p, _) in enumerate(params))
    got = ", ".join(f"g{n}" for n in range(len(results)))
    results_told = ", ".join(f'"~r{n}": truth(&g{n})' for n in range(len(results)))
    passed = ", ".join(f"in.p{n}" for n in range(len(params)))
    text = f"""\
var out{number} struct {{ {outs} }}

//go:noinline
func F{number}[P any]({listed}) ({", ".join(results)}) {{
	var zero P{_touches(number, [name for name, _ in params], "	")}
	ticks++
	kept = zero
	return {", ".join(f"out{number}.r{n}" for n in range(len(results)))}
}}

func call{number}() {{
"""
    for argument in chosen:
        spelled = [argument if t == "P" else t.replace("P", argument) for _, t in params[:3]]
        types = [*spelled, *(t for _, t in params[3:])]
        fields = "; ".join(f"p{n} {t}" for n, t in enumerate(types))
        name = argument if argument in _ARGUMENTS else f"main.{argument}"
        text += f"""\
	for i := 0; i < {calls // 2}; i++ {{
		var in struct {{ {fields} }}
		fill(&in)
		fill(&out{number})
		args := values{{{told}}}
		{got} := F{number}[{argument}]({passed})
		showHidden("F{number}", args, values{{{results_told}}}, values{{}}, "{name}")
	}}
"""
    return f"{text}}}\n", f"main.F{number}["


def _is_pointer_like(maker: _Maker, name: str) -> bool:
    """Tell a type that methods cannot be declared on: Go allows no pointer or interface."""
    text = next(d for d in maker.declarations if d.startswith(f"type {name} "))
    body = text.split(" ", 2)[2]
    return body.startswith("*") or body in ("error", "any", "shape", "unsafe.Pointer")
