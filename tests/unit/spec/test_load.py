# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What a good spec loads as, and the exact words of every refusal."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gogen.errors import SpecError
from gogen.golang.types import Basic, Field, Named, Slice, Struct
from gogen.spec.load import load
from gogen.spec.model import Emit, Limits

TRACER = '[tracer]\nbinary = "main"\n'
FUNCTION = '[[function]]\nsymbol = "main.foo"\nsignature = "func(a, b int) (int, error)"\n'
SMALLEST = TRACER + FUNCTION
NAMES = '"a", "b", "~r0", "~r1"'
THERE = f"there are: {NAMES}"
KNOWN_FUNCTION = "symbol, match, signature, emit, capture, stack, floats, limits"
ROOM = "every record reserves this room for each string, in the ring buffer and in flight"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test sees its spec as `spec.toml`, a relative path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(text: str | bytes, name: str = "spec.toml") -> str:
    path = Path(name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SpecError) as caught:
        load(path)
    return str(caught.value)


def test_the_smallest_spec_has_every_default() -> None:
    path = Path("blog.toml")
    path.write_text(SMALLEST)

    spec = load(path)

    assert spec.name == "blog"
    assert (spec.path, spec.binary, spec.output) == (path, Path("main"), None)
    assert (spec.go, spec.types) == ("", ())
    assert spec.digest == hashlib.sha256(SMALLEST.encode()).hexdigest()
    [function] = spec.functions
    assert function.symbol == "main.foo"
    assert function.signature
    assert [param.name for param in function.signature.params] == ["a", "b"]
    assert [result.name for result in function.signature.results] == ["~r0", "~r1"]
    assert (function.emit, function.capture, function.limits) == (Emit.CALL, None, Limits())
    assert function.where == "blog.toml:3: function[0]"


def test_every_supported_key_is_taken(folder: Path) -> None:
    (folder / "specs").mkdir()
    path = Path("specs/s.toml")
    path.write_text(
        """
        [tracer]
        name = "check-out_2"
        binary = "../bin/checkout"
        go = "1.26.1"
        output = "out"
        [limits]
        string = 128
        depth = 0
        [types]
        "main.Order" = "struct { ID int64; Next []Item }"
        Item = "int"
        [[function]]
        symbol = "main.(*Server).Handle"
        signature = "func(s *main.Server, o main.Order) (n int, err error)"
        emit = "both"
        capture = ["o", "err"]
        limits = { string = 256, slice = 0 }
        [[function]]
        symbol = "main.bar"
        signature = "func()"
        emit = "entry"
        capture = []
        stack = true
        """
    )

    spec = load(path)

    assert spec.name == "check-out_2"
    assert spec.binary == Path("specs/../bin/checkout")
    assert spec.output == Path("specs/out")
    assert spec.go == "1.26.1"
    item = Slice(elem=Named(name="Item"))
    order = Struct(fields=(Field(name="ID", type=Basic.INT64), Field(name="Next", type=item)))
    assert spec.types == (("Item", Basic.INT), ("main.Order", order))
    first, second = spec.functions
    assert first.limits == Limits(string=256, slice=0, depth=0)
    assert first.emit is Emit.BOTH
    assert [capture.name for capture in first.capture or ()] == ["o", "err"]
    assert second.limits == Limits(string=128, slice=8, depth=0)
    assert (second.emit, second.capture) == (Emit.ENTRY, ())
    assert (first.stack, second.stack) == (False, True)
    assert second.where == "specs/s.toml:19: function[1]"


def test_limits_take_their_bounds() -> None:
    path = Path("spec.toml")
    for string, slice_, depth in ((0, 0, 0), (4096, 64, 8)):
        path.write_text(
            f"{SMALLEST}limits = {{ string = {string}, slice = {slice_}, depth = {depth} }}\n"
        )

        assert load(path).functions[0].limits == Limits(string=string, slice=slice_, depth=depth)


SHAPE = {
    "empty": (
        "",
        'spec.toml:1: tracer: is needed - write [tracer] with binary = "PATH"',
    ),
    "no-function": (
        TRACER,
        (
            "spec.toml:1: function: is needed: there is nothing to trace"
            " - write a [[function]] with its symbol"
        ),
    ),
    "empty-functions": (
        "function = []\n" + TRACER,
        (
            "spec.toml:1: function: is needed: there is nothing to trace"
            " - write a [[function]] with its symbol"
        ),
    ),
    "no-binary": (
        "[tracer]\n" + FUNCTION,
        "spec.toml:1: tracer.binary: is needed - the path of the Go program, relative to the spec",
    ),
    "no-symbol": (
        TRACER + '[[function]]\nsignature = "func()"\n',
        (
            "spec.toml:3: function[0].symbol: is needed"
            " - the function's name as `go tool nm` prints it, or match for many"
        ),
    ),
    "misspelt": (
        TRACER + '[[function]]\nsymbl = "main.foo"\n',
        'spec.toml:4: function[0].symbl: unknown key "symbl" - did you mean "symbol"?',
    ),
    "misspelt-table": (
        SMALLEST + "[limit]\n",
        'spec.toml:6: limit: unknown key "limit" - did you mean "limits"?',
    ),
    "misspelt-not-yet": (
        SMALLEST + "sampel = 3\n",
        'spec.toml:6: function[0].sampel: unknown key "sampel" - did you mean "sample"?',
    ),
    "foreign-key": (
        SMALLEST + '"x\\ny" = 3\n',
        f'spec.toml:6: function[0]."x\\ny": unknown key "x\\ny" - known here: {KNOWN_FUNCTION}',
    ),
    "function-limits-key": (
        SMALLEST + "limits = { strings = 3 }\n",
        'spec.toml:6: function[0].limits.strings: unknown key "strings" - did you mean "string"?',
    ),
    "single-table": (
        TRACER + FUNCTION.replace("[[function]]", "[function]"),
        (
            "spec.toml:3: function: must be an array, not a table"
            " - write [[function]], in double brackets"
        ),
    ),
    "tracer-array": (
        SMALLEST.replace("[tracer]", "[[tracer]]"),
        "spec.toml:1: tracer: must be a table, not an array - write [tracer], in single brackets",
    ),
    "function-of-numbers": (
        "function = [3]\n" + TRACER,
        "spec.toml:1: function[0]: must be a table, not an integer",
    ),
    "binary-number": (
        "[tracer]\nbinary = 7\n" + FUNCTION,
        "spec.toml:2: tracer.binary: must be a string, not an integer",
    ),
    "binary-empty": (
        '[tracer]\nbinary = ""\n' + FUNCTION,
        "spec.toml:2: tracer.binary: is empty",
    ),
    "name-date": (
        TRACER + "name = 2026-01-02\n" + FUNCTION,
        "spec.toml:3: tracer.name: must be a string, not a date or time",
    ),
    "emit-misspelt": (
        SMALLEST + 'emit = "cal"\n',
        (
            'spec.toml:6: function[0].emit: must be "call", "entry", "return" or "both", not "cal"'
            ' - did you mean "call"?'
        ),
    ),
    "floats-misspelt": (
        SMALLEST + 'floats = "signals"\n',
        'spec.toml:6: function[0].floats: must be "signal", not "signals" - did you mean "signal"?',
    ),
    "emit-number": (
        SMALLEST + "emit = 1\n",
        (
            'spec.toml:6: function[0].emit: must be "call", "entry", "return" or "both",'
            " not an integer"
        ),
    ),
    "limit-quoted": (
        '[limits]\nstring = "64"\n' + SMALLEST,
        "spec.toml:2: limits.string: must be an integer, not a string",
    ),
    "limit-boolean": (
        "[limits]\nslice = true\n" + SMALLEST,
        "spec.toml:2: limits.slice: must be an integer, not a boolean",
    ),
    "string-too-large": (
        "[limits]\nstring = 4097\n" + SMALLEST,
        f"spec.toml:2: limits.string: must be 0 to 4096, not 4097 - {ROOM}",
    ),
    "string-huge": (
        f"[limits]\nstring = 0x{'f' * 5000}\n" + SMALLEST,
        (
            "spec.toml:2: limits.string: must be 0 to 4096, not a number of more than 64 bits"
            f" - {ROOM}"
        ),
    ),
    "slice-too-large": (
        SMALLEST + "[function.limits]\nslice = 65\n",
        (
            "spec.toml:7: function[0].limits.slice: must be 0 to 64, not 65"
            " - every element is read by instructions of its own"
        ),
    ),
    "depth-negative": (
        "limits.depth = -1\n" + SMALLEST,
        (
            "spec.toml:1: limits.depth: must be 0 to 8, not -1"
            " - each pointer followed may multiply what is read"
        ),
    ),
    "capture-aliases": (
        SMALLEST + 'capture = { x = "a" }\n',
        (
            "spec.toml:6: function[0].capture: must be an array, not a table"
            ' - write ["a", { alias = "b.c" }]'
        ),
    ),
    "capture-alias-of-two": (
        SMALLEST + 'capture = ["b", { x = "a", y = "b" }]\n',
        (
            "spec.toml:6: function[0].capture[1]: names more than one value"
            ' - write { a = "x" }, { b = "y" }'
        ),
    ),
    "capture-alias-of-number": (
        SMALLEST + "capture = [{ x = 1 }]\n",
        (
            "spec.toml:6: function[0].capture[0].x: must be a string, not an integer"
            ' - write { alias = "b.c" }'
        ),
    ),
    "capture-string": (
        SMALLEST + 'capture = "a"\n',
        "spec.toml:6: function[0].capture: must be an array, not a string",
    ),
    "first-in-the-file": (
        '[limits]\nslice = -1\n[[function]]\nsymbol = 1\n[tracer]\nname = ""\n',
        (
            "spec.toml:2: limits.slice: must be 0 to 64, not -1"
            " - every element is read by instructions of its own"
        ),
    ),
}

MEANING = {
    "capture-alias-no-name": (
        SMALLEST + 'capture = ["b", { "x.y" = "a" }]\n',
        (
            'spec.toml:6: function[0].capture[1]: "x.y" is no name for a value'
            " - letters, digits and _, no digit first"
        ),
    ),
    "capture-alias-twice": (
        SMALLEST + 'capture = ["b", { b = "a" }]\n',
        (
            'spec.toml:6: function[0].capture[1]: "b" is already captured by capture[0]'
            " - choose another name"
        ),
    ),
    "name": (
        TRACER + 'name = "a b"\n' + FUNCTION,
        (
            'spec.toml:3: tracer.name: "a b" can\'t name files and C identifiers'
            " - a letter, then letters, digits, _ and -, 63 characters at most"
        ),
    ),
    "name-newline": (
        TRACER + 'name = "a\\n"\n' + FUNCTION,
        (
            'spec.toml:3: tracer.name: "a\\n" can\'t name files and C identifiers'
            " - a letter, then letters, digits, _ and -, 63 characters at most"
        ),
    ),
    "go": (
        TRACER + 'go = "go1.26"\n' + FUNCTION,
        'spec.toml:3: tracer.go: "go1.26" is not a Go version - write it like "1.26.1"',
    ),
    "binary-nul": (
        '[tracer]\nbinary = "a\\u0000b"\n' + FUNCTION,
        'spec.toml:2: tracer.binary: "a\\x00b" has a control character',
    ),
    "output-long": (
        TRACER + f'output = "{"a" * 4097}"\n' + FUNCTION,
        "spec.toml:3: tracer.output: is longer than 4096 bytes",
    ),
    "symbol-empty": (
        SMALLEST.replace("main.foo", ""),
        "spec.toml:4: function[0].symbol: is empty",
    ),
    "symbol-newline": (
        SMALLEST.replace("main.foo", "main.\\nfoo"),
        (
            'spec.toml:4: function[0].symbol: "main.\\nfoo" has a control character'
            " - write it as `go tool nm` prints it"
        ),
    ),
    "symbol-reordered": (
        SMALLEST.replace("main.foo", "main.\u202efoo"),
        (
            'spec.toml:4: function[0].symbol: "main.\\u202efoo" has a control character'
            " - write it as `go tool nm` prints it"
        ),
    ),
    "symbol-long": (
        SMALLEST.replace("main.foo", "\u00e9" * 2049),
        "spec.toml:4: function[0].symbol: is longer than 4096 bytes",
    ),
    "symbol-twice": (
        SMALLEST + FUNCTION,
        (
            'spec.toml:7: function[1].symbol: "main.foo" is already traced on line 4'
            " - write one [[function]] for a symbol"
        ),
    ),
    "capture-unknown": (
        SMALLEST + 'capture = ["c"]\n',
        (
            'spec.toml:6: function[0].capture[0]: "c" is not a parameter or result of the signature'
            f" - there are: {NAMES}"
        ),
    ),
    "capture-near": (
        SMALLEST + 'capture = [\n"a",\n"~r2"]\n',
        (
            'spec.toml:8: function[0].capture[1]: "~r2" is not a parameter or result of the'
            f' signature - did you mean "~r1"? There are: {NAMES}'
        ),
    ),
    "capture-none-named": (
        SMALLEST.replace("func(a, b int) (int, error)", "func(int)") + 'capture = ["a"]\n',
        (
            'spec.toml:6: function[0].capture[0]: "a" is not a parameter or result of the signature'
            " - the signature names none"
        ),
    ),
    "capture-twice": (
        SMALLEST + 'capture = ["a", "b", "a"]\n',
        'spec.toml:6: function[0].capture[2]: "a" is already captured by capture[0] - name it once',
    ),
    "capture-blank": (
        SMALLEST + 'capture = ["_"]\n',
        'spec.toml:6: function[0].capture[0]: "_" has no value to capture - name the parameter',
    ),
    "capture-result-at-entry": (
        SMALLEST + 'emit = "entry"\ncapture = ["a", "~r0"]\n',
        (
            'spec.toml:7: function[0].capture[1]: "~r0" is a result, and emit = "entry" records no'
            ' results - write emit = "call"'
        ),
    ),
    "capture-empty": (
        SMALLEST + 'capture = [""]\n',
        "spec.toml:6: function[0].capture[0]: is empty",
    ),
    "signature-column": (
        TRACER + '[[function]]\nsymbol = "f"\nsignature = "func(a int"\n',
        (
            'spec.toml:5: function[0].signature: column 5: "(" is never closed\n'
            "    func(a int\n"
            "        ^"
        ),
    ),
    "signature-hint": (
        TRACER + '[[function]]\nsymbol = "f"\nsignature = "int"\n',
        (
            "spec.toml:5: function[0].signature: column 1: not a function signature"
            " - write func(a int, b []byte) error\n"
            "    int\n"
            "    ^"
        ),
    ),
    "signature-wide": (
        TRACER + '[[function]]\nsymbol = "f"\nsignature = "func(\u4e16\u754c int)]"\n',
        (
            'spec.toml:5: function[0].signature: column 13: unexpected "]"\n'
            "    func(\u4e16\u754c int)]\n"
            "                  ^"
        ),
    ),
    "signature-second-line": (
        TRACER + '[[function]]\nsymbol = "f"\nsignature = """func(\n\ta int,\n\tb int]"""\n',
        (
            "spec.toml:5: function[0].signature: line 3, column 7: unexpected"
            ' "]", expected ")"\n'
            "     b int]\n"
            "          ^"
        ),
    ),
    "type-value": (
        '[types]\n"main.T" = "struct { a int"\n' + SMALLEST,
        (
            'spec.toml:2: types."main.T": column 8: "{" is never closed\n'
            "    struct { a int\n"
            "           ^"
        ),
    ),
    "type-number": (
        "[types]\nT = 3\n" + SMALLEST,
        "spec.toml:2: types.T: must be a string, not an integer",
    ),
    "type-unquoted": (
        '[types]\nmain.T = "int"\n' + SMALLEST,
        (
            "spec.toml:2: types.main: must be a string, not a table"
            ' - quote a name that has a dot: "main.ID" = "int64"'
        ),
    ),
    "type-predeclared": (
        '[types]\nint = "int64"\n' + SMALLEST,
        (
            'spec.toml:2: types.int: "int" is not a name that can be defined'
            " - write a type's name as source code does: main.Order, Pair[int]"
        ),
    ),
    "type-not-a-name": (
        '[types]\n"main." = "int64"\n' + SMALLEST,
        (
            'spec.toml:2: types."main.": "main." is not a name that can be defined'
            " - write a type's name as source code does: main.Order, Pair[int]"
        ),
    ),
    "type-twice": (
        '[types]\n"P[int]" = "int"\n"P[ int ]" = "int"\n' + SMALLEST,
        'spec.toml:3: types."P[ int ]": is already defined on line 2 - keep one of them',
    ),
    "type-circle": (
        '[types]\nA = "B"\nB = "C"\nC = "B"\n' + SMALLEST,
        "spec.toml:2: types.A: is defined only by itself - write the type it stands for",
    ),
}

DOCUMENT: dict[str, tuple[str | bytes, str]] = {
    "value": ("\na = \n", "spec.toml:2: not TOML: invalid value (column 5)"),
    "at-end": (
        "a = [1,\n\n",
        "spec.toml:2: not TOML: invalid value at the end of the file",
    ),
    "twice": ("a = 1\na = 2\n", "spec.toml:2: not TOML: this key already has a value (column 6)"),
    "table-twice": (
        "[a]\n[a]\n",
        "spec.toml:2: not TOML: this table is already defined above (column 3)",
    ),
    "byte-order-mark": (
        "\ufeff[tracer]\n",
        (
            "spec.toml:1: not TOML: invalid statement (column 1)"
            " - save the file without a byte order mark"
        ),
    ),
    "not-utf8": (
        b"# fine\nname = '\xff'\n",
        "spec.toml:2: not UTF-8: byte 0xff - save the file as UTF-8",
    ),
    "digits": (
        f"\na = {'9' * 5000}\n",
        "spec.toml:2: not TOML: a number has too many digits",
    ),
    "brackets": (
        f"\na = {'[' * 100000}\n",
        "spec.toml:2: nested more than 8 levels deep - no key of a spec is that deep",
    ),
    "tables": (
        f"\n\na = {'{a=' * 50000}\n",
        "spec.toml:3: nested more than 8 levels deep - no key of a spec is that deep",
    ),
    "dots": (
        f"{'a.' * 300000}a = 1\n",
        "spec.toml:1: nested more than 8 levels deep - no key of a spec is that deep",
    ),
    "huge": (
        b"#" * ((1 << 20) + 1),
        "spec.toml: is larger than 1 MiB - a spec is a short text file",
    ),
}


@pytest.mark.parametrize(("text", "message"), SHAPE.values(), ids=SHAPE)
def test_the_shape_of_a_spec_is_checked(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(("text", "message"), MEANING.values(), ids=MEANING)
def test_the_meaning_of_a_spec_is_checked(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(("text", "message"), DOCUMENT.values(), ids=DOCUMENT)
def test_what_is_not_toml_is_refused_with_its_line(text: str | bytes, message: str) -> None:
    assert refusal(text) == message


def test_a_stack_is_asked_for_by_a_boolean() -> None:
    text = SMALLEST + 'stack = "yes"\n'

    assert refusal(text) == "spec.toml:6: function[0].stack: must be true or false, not a string"


@pytest.mark.parametrize("key", ["where", "sample"])
def test_keys_of_the_contract_say_that_they_come_later(key: str) -> None:
    without_symbol = TRACER + f'[[function]]\n{key} = "x"\n'

    assert refusal(without_symbol) == f"spec.toml:4: function[0].{key}: is not supported yet"


def test_metrics_say_that_they_come_later() -> None:
    text = SMALLEST + '[[function.metric]]\nkind = "count"\n'

    assert refusal(text) == "spec.toml:6: function[0].metric: is not supported yet"


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("req.Method", f'column 1: "req" is not a parameter or result of the signature - {THERE}'),
        ("len(x)", f'column 5: "x" is not a parameter or result of the signature - {THERE}'),
        ("a + 1", 'column 1: "a + 1" can\'t be captured'),
        ("f(a, b)", 'column 1: "f(...)" would have to be called, and nothing is run in the'),
        ("a[i]", "column 3: not a whole number - an index is a constant: x[0]"),
        ("b[2:1]", "column 5: ends at 1, before it begins at 2"),
        ("1", 'column 1: "1" can\'t be captured'),
        ("a b", 'column 1: unexpected "a"'),
        ("a.", "column 3: not a complete Go expression"),
    ],
)
def test_an_expression_that_cannot_be_meant_says_where(expression: str, problem: str) -> None:
    said = refusal(SMALLEST + f'capture = ["{expression}"]\n')

    assert said.startswith(f"spec.toml:6: function[0].capture[0]: {problem}")


def test_expressions_and_aliases_are_captures(tmp_path: Path) -> None:
    document = SMALLEST + 'capture = ["a", { first = "b[0]" }, "len( b )"]\n'
    path = tmp_path / "spec.toml"
    path.write_text(document)

    (function,) = load(path).functions

    assert [c.name for c in function.capture or ()] == ["a", "first", "len( b )"]
    assert [c.expression.root for c in function.capture or ()] == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("file", "usable"),
    [
        ("my spec.toml", "my-spec"),
        ("7up.toml", "up"),
        ("\u00fc.toml", "tracer"),
        (f"{'n' * 64}.toml", "n" * 63),
    ],
)
def test_a_file_name_that_cannot_be_the_tracers_says_what_to_write(file: str, usable: str) -> None:
    stem = file.removesuffix(".toml")

    assert refusal(SMALLEST, file) == (
        f"{file}:1: tracer.name: is needed: the spec's own name, \"{stem}\", can't name files"
        f' and C identifiers - write name = "{usable}"'
    )


def test_what_cannot_be_read_is_refused(folder: Path) -> None:
    (folder / "loop.toml").symlink_to("loop.toml")
    cases = {
        "none.toml": "none.toml: no such file - give the path of a spec.toml",
        ".": ".: is a directory - give the path of the spec.toml in it",
        "loop.toml": "loop.toml: can't be read: too many levels of symbolic links",
        "a\0b": '"a\\x00b": is not a path',
    }
    for name, message in cases.items():
        with pytest.raises(SpecError) as caught:
            load(Path(name))

        assert str(caught.value) == message
        assert caught.value.exit_code == 2


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(SpecError, match=r"^/dev/zero: is larger than 1 MiB"):
        load(Path("/dev/zero"))
