# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every form of signature and type, and every refusal with its column."""

from __future__ import annotations

import random

import pytest

from gogen.errors import SpecError
from gogen.golang.scan import MAX_DEPTH, MAX_LENGTH
from gogen.golang.syntax import SyntaxProblem, parse_signature, parse_type
from gogen.golang.types import (
    Array,
    Basic,
    Chan,
    Field,
    Func,
    GoType,
    Interface,
    Map,
    Named,
    Param,
    Pointer,
    Slice,
    Struct,
)

ANY = Interface()
ERROR = Interface(methods=("Error() string",))
INT = Basic.INT

_TOKENS = (
    "func ( ) [ ] { } , ; int a b . ... * <- chan map struct interface ~ | 5 x/y.T "
    '"x" `y` := = + var type if for ! & // /* */ \n é'
)


def params(text: str) -> list[tuple[str, GoType]]:
    return [(param.name, param.type) for param in parse_signature(text).params]


def results(text: str) -> list[tuple[str, GoType]]:
    return [(result.name, result.type) for result in parse_signature(text).results]


def test_the_blog_program() -> None:
    text = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"
    signature = parse_signature(text)

    assert signature.text == text
    assert signature.params == (
        Param(name="a1", type=Basic.INT64),
        Param(name="a2", type=Basic.INT64),
        Param(name="a3", type=Basic.INT64),
        Param(name="b", type=Slice(elem=Basic.UINT8)),
    )
    assert signature.results == (
        Param(name="~r0", type=Basic.INT64),
        Param(name="~r1", type=Slice(elem=Basic.UINT8)),
    )
    assert not signature.variadic


def test_a_receiver_written_first() -> None:
    assert params("func(s *main.Server, req *main.Request) error") == [
        ("s", Pointer(elem=Named(name="main.Server"))),
        ("req", Pointer(elem=Named(name="main.Request"))),
    ]


def test_a_receiver_in_its_own_place_comes_first_and_the_name_goes() -> None:
    text = "func (s *T) Name(a int, more ...string) (n int, err error)"
    assert params(text) == [
        ("s", Pointer(elem=Named(name="T"))),
        ("a", INT),
        ("more", Slice(elem=Basic.STRING)),
    ]
    assert results(text) == [("n", INT), ("err", ERROR)]
    assert parse_signature(text).variadic


def test_a_receiver_without_a_name() -> None:
    assert params("func (T) Name()") == [("_", Named(name="T"))]
    assert params("func (*List[int]) Len() int") == [
        ("_", Pointer(elem=Named(name="List", args=(INT,))))
    ]


def test_a_declaration_without_receiver() -> None:
    assert params("func Name(a int)") == [("a", INT)]


def test_a_function_type_whose_result_looks_like_a_name() -> None:
    assert results("func(a int) List[int]") == [("~r0", Named(name="List", args=(INT,)))]
    assert results("func(a int) chan (int)") == [("~r0", Chan(elem=INT))]
    assert results("func(a int) func(b int)") == [("~r0", Func(params=(INT,), results=()))]


def test_unnamed_and_blank_parameters_are_blank() -> None:
    assert params("func(int, string)") == [("_", INT), ("_", Basic.STRING)]
    assert params("func(_ int, _, b string)") == [
        ("_", INT),
        ("_", Basic.STRING),
        ("b", Basic.STRING),
    ]


def test_unnamed_and_blank_results_are_numbered_by_their_place() -> None:
    assert results("func() (int, error)") == [("~r0", INT), ("~r1", ERROR)]
    assert results("func() (n int, _ string, err error)") == [
        ("n", INT),
        ("~r1", Basic.STRING),
        ("err", ERROR),
    ]
    assert results("func()") == []
    assert results("func() ()") == []


@pytest.mark.parametrize("count", [*range(1, 30), 500])
def test_any_number_of_names_shares_a_type(count: int) -> None:
    """The grammar alone loses count from ten on."""
    names = [f"a{index}" for index in range(count)]
    written = ", ".join(names)
    assert params(f"func({written} int)") == [(name, INT) for name in names]
    assert results(f"func(z int) ({written} int)") == [(name, INT) for name in names]
    assert params(f"func(z string, {written} int)")[1:] == [(name, INT) for name in names]
    assert params(f"func({written})") == [("_", Named(name=name)) for name in names]
    types = (INT,) * count
    assert parse_type(f"func(func({written} int)) ({written})") == Func(
        params=(Func(params=types, results=()),),
        results=tuple(Named(name=name) for name in names),
    )
    assert parse_type(f"struct {{ {written} int; z string }}") == Struct(
        fields=(
            *(Field(name=name, type=INT) for name in names),
            Field(name="z", type=Basic.STRING),
        )
    )
    assert parse_type(f"p.T[{written}]") == Named(
        name="p.T", args=tuple(Named(name=name) for name in names)
    )
    assert parse_type("interface { M(" + written + " int); N(" + written + ") }") == Interface(
        methods=(f"M({', '.join(['int'] * count)})", f"N({written})")
    )


def test_a_variadic_parameter_is_the_slice_the_callee_sees() -> None:
    assert params("func(...any)") == [("_", Slice(elem=ANY))]
    assert params("func(a int, b ...[]int)") == [("a", INT), ("b", Slice(elem=Slice(elem=INT)))]
    assert parse_type("func(...int)") == Func(params=(Slice(elem=INT),), results=(), variadic=True)


def test_text_is_kept_on_one_line_without_comments() -> None:
    text = """
    func(
        a int,   // first
        b string, /* the
                     second */
    ) error
    """
    signature = parse_signature(text)
    assert signature.text == "func( a int, b string, ) error"
    assert [param.name for param in signature.params] == ["a", "b"]


@pytest.mark.parametrize("basic", list(Basic))
def test_basic_types(basic: Basic) -> None:
    assert parse_type(basic.value) is basic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("byte", Basic.UINT8),
        ("rune", Basic.INT32),
        ("any", ANY),
        ("error", ERROR),
        ("interface{}", ANY),
        ("*int", Pointer(elem=INT)),
        ("(*(int))", Pointer(elem=INT)),
        ("[]**int", Slice(elem=Pointer(elem=Pointer(elem=INT)))),
        ("[4]int", Array(length=4, elem=INT)),
        ("[0x1_0]int", Array(length=16, elem=INT)),
        ("[0b1_01]int", Array(length=5, elem=INT)),
        ("[0o17]int", Array(length=15, elem=INT)),
        ("[017]int", Array(length=15, elem=INT)),
        ("[1_000]int", Array(length=1000, elem=INT)),
        ("[0]int", Array(length=0, elem=INT)),
        ("[9223372036854775807]int", Array(length=(1 << 63) - 1, elem=INT)),
        ("[2][3]int", Array(length=2, elem=Array(length=3, elem=INT))),
        ("map[string][]int", Map(key=Basic.STRING, elem=Slice(elem=INT))),
        ("chan int", Chan(elem=INT)),
        ("<-chan int", Chan(elem=INT, direction="<-chan")),
        ("chan<- int", Chan(elem=INT, direction="chan<-")),
        ("chan (<-chan int)", Chan(elem=Chan(elem=INT, direction="<-chan"))),
        ("func()", Func(params=(), results=())),
        ("func(a, b int) (c error)", Func(params=(INT, INT), results=(ERROR,))),
        ("struct{}", Struct(fields=())),
        ("http.Request", Named(name="http.Request")),
        ("net/http.Request", Named(name="net/http.Request")),
        ("*github.com/a-b/c.v3.T", Pointer(elem=Named(name="github.com/a-b/c.v3.T"))),
        ("List[int]", Named(name="List", args=(INT,))),
        (
            "p.Map[string, *x/y.T]",
            Named(name="p.Map", args=(Basic.STRING, Pointer(elem=Named(name="x/y.T")))),
        ),
        ("世界", Named(name="世界")),
    ],
)
def test_types(text: str, expected: GoType) -> None:
    assert parse_type(text) == expected


def test_the_arrow_belongs_to_the_leftmost_chan() -> None:
    """As the specification's section "Channel types" has it; the grammar reads it otherwise."""
    inner = Chan(elem=INT)
    assert parse_type("chan<- chan int") == Chan(elem=inner, direction="chan<-")
    assert parse_type("chan<-chan int") == Chan(elem=inner, direction="chan<-")
    assert parse_type("chan<- <-chan int") == Chan(
        elem=Chan(elem=INT, direction="<-chan"), direction="chan<-"
    )
    assert parse_type("chan<- chan<- chan int") == Chan(
        elem=Chan(elem=inner, direction="chan<-"), direction="chan<-"
    )


def test_struct_fields() -> None:
    text = 'struct { A, b int `x:"y/z.T"`; _ byte; *p.T "tag"; List[int]; error; byte }'
    assert parse_type(text) == Struct(
        fields=(
            Field(name="A", type=INT),
            Field(name="b", type=INT),
            Field(name="_", type=Basic.UINT8),
            Field(name="T", type=Pointer(elem=Named(name="p.T")), embedded=True),
            Field(name="List", type=Named(name="List", args=(INT,)), embedded=True),
            Field(name="error", type=ERROR, embedded=True),
            Field(name="byte", type=Basic.UINT8, embedded=True),
        )
    )


def test_struct_fields_on_lines() -> None:
    assert parse_type("struct {\n\tA int // a\n\tB string\n}") == Struct(
        fields=(Field(name="A", type=INT), Field(name="B", type=Basic.STRING))
    )


def test_interface_elements_have_one_spelling_and_are_sorted() -> None:
    text = "interface { Read(p []uint8) (n int, err error); io.Closer; ~int|string; A(...int) }"
    assert parse_type(text) == Interface(
        methods=("A(...int)", "Read([]byte) (int, error)", "io.Closer", "~int | string")
    )


def test_an_embedded_interface_literal_is_what_it_asks_for() -> None:
    assert parse_type("interface { error }") == ERROR
    assert parse_type("interface { any }") == ANY
    assert parse_type("interface { interface { b(); a() }; c() }") == Interface(
        methods=("a()", "b()", "c()")
    )


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("/* */", 1, "empty"),
        ("func", 5, "not a complete"),
        ("func(a int", 5, '"(" is never closed'),
        ("func(a int))", 12, 'unexpected ")"'),
        ("func(a map[string)", 18, 'unexpected ")", expected "]"'),
        ("func(a int,, b string) error", 11, 'unexpected ","'),
        ("func(é int, b $)", 15, 'unexpected "$"'),
        ("func(a int) error,", 18, 'unexpected ","'),
        ("func(a int);", 12, 'unexpected ";"'),
        ("func(); var x = 1", 7, 'unexpected ";"'),
        ("func() = 1", 10, "unexpected value"),
        ("fnc(a int) error", 1, 'unexpected "fnc'),
        ("func(a struct { a int b int })", 23, 'unexpected "b int"'),
        ("func(a.b.c)", 9, 'unexpected ".c"'),
        ('func(a "x")', 8, 'unexpected ""x""'),
        ('func(a "x)', 8, "this string is never closed"),
        ("func(a /* x)", 8, "this comment is never closed"),
        ("func(a net//http.X)", 5, '"(" is never closed'),
        ("func(a net/http)", 8, 'unexpected "net/"'),
        ("func(a int\x00)", 11, "character U+0000 is not Go"),
        ("func(a \udc80)", 8, "character U+DC80 is not Go"),
        ("int", 1, "not a function signature"),
        ("func(a int) error { return nil }", 19, "a signature ends before the function's body"),
        ("func(a int) error {", 19, "a signature ends before the function's body"),
        ("func(a int {})", 12, 'unexpected "{}"'),
        ("func (s T) f(a int) { }", 21, "a signature ends before the function's body"),
        ("func F[T any](a T)", 7, "type parameters in a signature are not supported"),
        ("func[T any](a T)", 5, "type parameters in a signature are not supported"),
        ("func(a, a int)", 9, '"a" is declared twice'),
        ("func(a int) (a int)", 14, '"a" is declared twice'),
        ("func (a T) N(a int)", 14, '"a" is declared twice'),
        ("func(f func(a, a int))", 16, '"a" is declared twice'),
        ("func(a struct { b, b int })", 20, '"b" is declared twice'),
        ("func(a struct { T; p.T })", 20, '"T" is declared twice'),
        ("func(a, b int, string)", 16, "named and unnamed parameters are mixed"),
        ("func(int, b ...int)", 11, "named and unnamed parameters are mixed"),
        ("func(a ...int, b int)", 16, "only the last parameter can be variadic"),
        ("func(a int, b)", 13, "named and unnamed parameters are mixed"),
        ("func(a, []int, b int)", 9, "named and unnamed parameters are mixed"),
        ("func(a, b ...int)", 9, "named and unnamed parameters are mixed"),
        ("func(a int, ...int)", 13, "named and unnamed parameters are mixed"),
        ("func() (...int)", 8, "a result cannot be variadic"),
        ("func (a T, b T) N()", 6, "a method has exactly one receiver"),
        ("func () N()", 6, "a method has exactly one receiver"),
        ("func (a ...T) N()", 6, "a method has exactly one receiver"),
        ("func(a [N]int)", 9, 'array length "N" is not an integer literal'),
        ("func(a [N*2]int)", 9, 'array length "N*2" is not an integer literal'),
        ("func(a [1.5]int)", 9, 'array length "1.5" is not an integer literal'),
        ("func(a [...]int)", 9, 'unexpected "..."'),
        ("func(a [9223372036854775808]int)", 9, "does not fit in an int"),
        ("func(a _)", 8, '"_" is not a type'),
        ("func(a ~int)", 8, '"~int" is not a type'),
        ("func(a T[int|string])", 10, "expected one type as type argument"),
        ("func(a int[int])", 8, "takes no type arguments"),
        ("func(a struct { unsafe.Pointer })", 17, "unsafe.Pointer cannot be embedded"),
    ],
)
def test_refusals(text: str, column: int, problem: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_signature(text)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert caught.value.problem.startswith(problem) or problem in caught.value.problem
    assert isinstance(caught.value, SpecError)


def test_a_refusal_on_a_later_line() -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_signature("func(\n\ta int,\n\tb [N]int,\n)")
    assert (caught.value.line, caught.value.column) == (3, 5)
    assert str(caught.value) == (
        'line 3, column 5: array length "N" is not an integer literal - write the constant\'s value'
    )


@pytest.mark.parametrize("text", ["int,", "int string", "= 5", "[]", "int; x", "(int, string)"])
def test_type_refusals(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse_type(text)


@pytest.mark.parametrize(
    "text",
    [
        "func(a " + "*" * 5000 + "int)",
        "func(a " + "[]" * 5000 + "int)",
        "func(a " + "chan " * 5000 + "int)",
        "func(a " + "chan<-" * 5000 + "chan int)",
        "func() " * 5000,
        "func(a " + "(" * 5000 + "int" + ")" * 5001,
        "func(a " + "struct { a " * 5000 + "int" + "}" * 5000 + ")",
        "func(a " + "interface { M(a " * 2000 + "int" + ") }" * 2000 + ")",
        "func(a " + "T[" * 5000 + "int" + "]" * 5000 + ")",
    ],
)
def test_nesting_is_bounded(text: str) -> None:
    with pytest.raises(SyntaxProblem, match=f"nested more than {MAX_DEPTH} deep"):
        parse_signature(text)


def test_nesting_up_to_the_bound_is_read() -> None:
    assert parse_type("*" * (MAX_DEPTH - 1) + "int") is not None
    depth = MAX_DEPTH // 2 - 1
    assert parse_type("func(struct { a " * depth + "int" + "})" * depth) is not None


def test_length_is_bounded() -> None:
    with pytest.raises(SyntaxProblem, match=f"65537 characters, more than {MAX_LENGTH}"):
        parse_signature("func(" + "a" * (MAX_LENGTH - 5) + ")")


@pytest.mark.parametrize(
    "text",
    ["a." * 32000, "a/" * 32000, "/*" * 32000, '"a' * 32000, '"' + "\\" * 65000, "$" * 65000],
    ids=lambda text: text[:3],
)
def test_hostile_text_ends_in_our_error(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse_signature(text)


def test_random_tokens_parse_or_end_in_our_error() -> None:
    tokens = _TOKENS.split(" ")
    chosen = random.Random(1)  # noqa: S311 - the same texts every time
    for _ in range(1500):
        text = "func(" + " ".join(chosen.choices(tokens, k=chosen.randrange(1, 30))) + ")"
        try:
            signature = parse_signature(text)
        except SyntaxProblem as problem:
            assert problem.line <= text.count("\n") + 1  # noqa: PT017 - either outcome is right
            assert 1 <= problem.column <= len(text) + 1  # noqa: PT017
        else:
            assert parse_signature(signature.text).params == signature.params
