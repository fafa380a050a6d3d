# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every kind in a register and on the stack, every emit, in one tracer."""

from plancase import code, plan

from gogen.binary.model import EntryChoice

KINDS = (
    *("bool", "int", "int8", "int16", "int32", "int64"),
    *("uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "rune", "byte"),
    *("*int", "unsafe.Pointer", "map[string]int", "chan int", "func()"),
    *("string", "[]byte", "float32", "float64", "complex64", "complex128"),
    *("main.ID", "main.Body"),
)


def function(symbol: str, signature: str, extra: str = "") -> str:
    return f"[[function]]\nsymbol = '{symbol}'\nsignature = '{signature}'\n{extra}\n"


def params(prefix: str, types: tuple[str, ...]) -> str:
    return ", ".join(f"{prefix}{n} {go_type}" for n, go_type in enumerate(types))


# Nine ints and fifteen floats first: what follows is on the stack.
FULL = params("i", ("int",) * 9) + ", " + params("f", ("float64",) * 15)
STACKED = ", ".join(f'"s{n}"' for n in range(len(KINDS)))

SPEC = """
[tracer]
name = "kitchen_sink"
binary = "sink"

[types]
"main.ID" = "uint32"
"main.Body" = "[]byte"

[limits]
string = 32
""" + "\n".join(
    [
        function("main.registers1", f"func({params('v', KINDS[:9])}) ({params('r', KINDS[9:18])})"),
        function("main.registers2", f"func({params('v', KINDS[18:])}) (int8, string, bool)"),
        function("main.stack", f"func({FULL}, {params('s', KINDS)})", f"capture = [{STACKED}]"),
        function(
            "main.results",
            f"func() ({FULL}, {params('s', KINDS)})",
            f'capture = [{STACKED}]\nemit = "return"',
        ),
        function("main.nothing", "func()"),
        function("main.unread", "func(x, y float64) float32"),
        function("main.hidden", "func(e error) error", "capture = []"),
        function("main.(*T).Entry", "func(t *main.T, s string) error", 'emit = "entry"'),
        function("main.(*T).Both", "func(t *main.T, s string) (n int)", 'emit = "both"'),
        function(
            "main.(*T).Both.func1", "func(s string)", 'emit = "both"\nlimits = { string = 0 }'
        ),
        function("main.(*T).End", "func(e error) (b []byte)", 'emit = "return"'),
    ]
)

PLAN = plan(
    SPEC,
    code("main.registers2", rets=3, choice=EntryChoice.CHECK_BRANCH, address=0x402000),
    code("main.nothing", size=16, choice=EntryChoice.FIRST, address=0x405000),
    code("main.(*T).Entry", rets=0, address=0x408000),
    name="sink",
)
