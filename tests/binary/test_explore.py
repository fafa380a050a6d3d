# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The commands that come before a spec: list, inspect, init, and a spec that comes from them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import gobuild
import pytest
import tracing
import typer

from gogen.binary import image
from gogen.cli import building, exploring
from gogen.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.golang

SOURCE = """\
package main

import "os"

type Cart struct {
	Items []string
	Total float64
}

//go:noinline
func (c *Cart) Add(item string, n int, price float64) (int, error) {
	c.Items = append(c.Items, item)
	return len(c.Items) + n, nil
}

type Stack[T any] struct{ items []T }

//go:noinline
func (s *Stack[T]) Push(x T) { s.items = append(s.items, x) }

func small(a int) int { return a + 1 }

func partly(a int) int { return a * 3 }

//go:noinline
func forever() {
	for {
		println("x")
	}
}

func main() {
	c := &Cart{}
	c.Add("a", small(len(os.Args)), 1.5)
	s := &Stack[int]{}
	s.Push(partly(len(os.Args)))
	f := partly
	if len(os.Args) > 3 {
		f = nil
		forever()
	}
	println(f(2))
}
"""


def program(version: str = gobuild.NEWEST) -> Path:
    files = {"main.go": SOURCE, "go.mod": "module cart\n\ngo 1.18\n"}
    return gobuild.build_text(files, name="cart", version=version)


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_list_has_the_names_of_nm(version: str) -> None:
    binary = program(version)
    listed = json.loads(tracing.gogen("list", str(binary), "--json").stdout)
    go = gobuild.go(version)
    named = subprocess.run([go, "tool", "nm", binary], capture_output=True, text=True, check=True)
    # Address, kind and name; what the linker adds around Go's code is no function.
    nm = {line.split(maxsplit=2)[2] for line in named.stdout.splitlines() if " T " in line.upper()}
    nm -= {"runtime.text", "runtime.etext", "go:buildid", "go.buildid"}
    ours = {info["symbol"] for info in listed}
    ours |= {f"{info['symbol']}.abi0" for info in listed if info["abi"] == "ABI0"}

    assert len(listed) > 1000
    assert {name for name in nm if name.startswith(("main.", "fmt.", "os."))} <= ours
    # The few others are markers and veneers of the linker, without an entry in pclntab.
    assert len(nm - ours) <= 5, sorted(nm - ours)


def test_list_says_what_cannot_be_traced() -> None:
    listed = json.loads(tracing.gogen("list", str(program()), "--json").stdout)
    by_name = {info["symbol"]: info for info in listed}

    assert by_name["main.(*Cart).Add"]["traceable"] is True
    assert by_name["main.(*Stack[go.shape.int]).Push"]["kinds"] == ["generic"]
    assert by_name["main.forever"]["traceable"] is True
    assert by_name["runtime.memmove"]["abi"] == "ABI0"
    assert by_name["main.forever"]["kinds"] == ["never-returns"]
    assert (by_name["main.partly"]["inlined"], by_name["main.forever"]["inlined"]) == (1, 0)
    assert by_name["internal/abi.(*Kind).String"]["kinds"] == ["wrapper"]


def test_a_stripped_binary_lists_the_same_functions() -> None:
    def names(binary: Path) -> list[str]:
        done = tracing.gogen("list", str(binary), "main.")
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    assert names(gobuild.strip(program())) == names(program())


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("main.(*Cart).*", ["main.(*Cart).Add"]),
        (r"/^main\.\(\*Cart\)/", ["main.(*Cart).Add"]),
        ("(*Cart).Add", ["main.(*Cart).Add"]),
        ("main.(*Stack[*", ["main.(*Stack[go.shape.int]).Push"]),
        ("/[/", []),
        ("nonsense", []),
    ],
)
def test_patterns(pattern: str, found: list[str]) -> None:
    done = tracing.gogen("list", str(program()), pattern)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == found
    assert done.returncode == 0 if found else done.returncode in {3, 4}
    assert "Traceback" not in done.stderr


def test_inspect_needs_no_signature() -> None:
    done = tracing.gogen("inspect", str(program()), "main.(*Cart).Add")

    assert done.returncode == 0, done.stderr
    assert "func(c *main.Cart, item string, n int, price float64) (int, error)" in done.stdout
    assert "I1 RBX item string: data" in " ".join(done.stdout.split())
    assert "X0" in done.stdout


def test_inspect_says_what_a_stripped_binary_cannot_tell() -> None:
    done = tracing.gogen("inspect", str(gobuild.strip(program())), "main.(*Cart).Add")
    assert done.returncode == 0
    assert "push rbp" in done.stdout
    assert done.stdout.splitlines()[0].startswith("binary cart: ")
    assert done.stdout.splitlines()[-1].startswith("no DWARF tells its parameters; say them")


def test_a_function_inlined_everywhere_is_told_from_a_missing_one() -> None:
    done = tracing.gogen("inspect", str(program()), "main.small")
    assert done.returncode == 3
    assert "inlined" in done.stderr
    missing = tracing.gogen("inspect", str(program()), "main.smull")
    assert "no function" in missing.stderr


@pytest.mark.parametrize("version", gobuild.toolchains())
@pytest.mark.parametrize("bare", [False, True])
def test_partly_inlined_is_a_warning_with_the_count(version: str, bare: bool) -> None:
    """Stripped, too, with the place of each call; a build warns of it as well."""
    binary = gobuild.strip(program(version)) if bare else program(version)
    done = tracing.gogen("inspect", str(binary), "main.partly")
    line = next(n for n, text in enumerate(SOURCE.splitlines(), 1) if "s.Push(partly" in text)
    assert "warning: calls compiled into their callers (1) are not seen" in done.stdout
    assert f"main.go:{line} in main.main\n" in done.stdout
    found = json.loads(tracing.gogen("inspect", str(binary), "main.partly", "--json").stdout)
    (call,) = found["inlined"]["calls"]
    assert (found["inlined"]["count"], call["line"], call["in"]) == (1, line, "main.main")


def test_a_build_warns_of_inlined_calls(tmp_path: Path) -> None:
    spec = tmp_path / "partly.toml"
    spec.write_text(f'[tracer]\nbinary = "{program()}"\n[[function]]\nsymbol = "main.partly"\n')
    done = tracing.gogen("emit", str(spec), "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    said = 'warning: "main.partly": calls compiled into their callers (1) are not seen'
    assert said in done.stderr.splitlines()


def test_inspect_begins_with_the_signature_and_tells_kinds() -> None:
    said = tracing.gogen("inspect", str(program()), "main.(*Stack[go.shape.int]).Push").stdout
    assert said.startswith("func(s *main.Stack[go.shape.int], ")
    assert "\nfunction main.(*Stack[go.shape.int]).Push (generic)\n" in said
    found = tracing.gogen("inspect", str(program()), "main.forever", "--json").stdout
    assert json.loads(found)["kinds"] == ["never-returns"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("main.(*Cart).Adt", 'did you mean "main.(*Cart).Add"?'),
        ("main.Cart.Add", 'did you mean "main.(*Cart).Add"?'),
        ("Forever", 'did you mean "main.forever"?'),
        ("main.froever", 'did you mean "main.forever"?'),
        ("main.dead", "has no code of its own: mark it //go:noinline"),
    ],
)
def test_a_plain_typo_gets_a_plain_answer(asked: str, hint: str) -> None:
    done = tracing.gogen("inspect", str(program()), asked)
    assert done.returncode == 3
    assert done.stderr.rstrip().endswith(hint)
    assert ("noinline" in done.stderr) == ("noinline" in hint)


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_init_writes_a_spec_that_holds(version: str, tmp_path: Path) -> None:
    spec = tmp_path / "cart.toml"
    binary = program(version)
    wanted = ("main.(*Cart).*", "main.forever")
    done = tracing.gogen("init", str(binary), *wanted, "-o", str(spec))
    assert done.returncode == 0, done.stderr

    document = tomllib.loads(spec.read_text())
    add, forever = document["function"]
    assert add["capture"] == ["c", "item", "n", "~r0", "~r1"]
    assert 'price": register-assigned float' in spec.read_text()
    assert (forever["symbol"], "emit" in forever) == ("main.forever", False)
    checked = tracing.gogen("check", str(spec))
    assert checked.returncode == 0, checked.stderr
    assert "main.(*Cart).Add: ok" in checked.stdout
    again = tracing.gogen("init", str(binary), "main.forever", "-o", str(spec))
    assert again.returncode == 1
    assert "can't be written" in again.stderr


def test_init_asks_for_no_end_that_is_the_beginning(tmp_path: Path) -> None:
    spec = tmp_path / "shapes.toml"
    binary = gobuild.build(gobuild.PROGRAMS / "shapes", version=gobuild.NEWEST)
    done = tracing.gogen("init", str(binary), "main.Empty", "-o", str(spec))
    assert done.returncode == 0, done.stderr
    assert 'emit = "entry" # its end cannot be seen\n' in spec.read_text()
    checked = tracing.gogen("check", str(spec))
    assert checked.returncode == 0, checked.stderr


def test_init_without_dwarf_asks_for_calls_and_times(tmp_path: Path) -> None:
    """And says what is missing for more; what it writes holds as it is."""
    spec = tmp_path / "cart.toml"
    binary = str(gobuild.strip(program()))
    done = tracing.gogen("init", binary, "main.(*Cart).Add", "main.forever", "-o", str(spec))
    assert done.returncode == 0, done.stderr
    assert "# func main.(*Cart).Add(...)\n" in spec.read_text()
    assert spec.read_text().count("# no DWARF tells its parameters: ") == 2
    assert [function["capture"] for function in tomllib.loads(spec.read_text())["function"]] == [
        [],
        [],
    ]
    checked = tracing.gogen("check", str(spec))
    assert checked.returncode == 0, checked.stderr

    spec.write_text(spec.read_text().replace("capture = []\n", "", 1))
    done = tracing.gogen("check", str(spec))
    assert done.returncode == 2
    assert (
        'signature: is needed: the binary has no DWARF for "main.(*Cart).Add" - write its type, '
        '"func(a int) error"; its calls and times need none: capture = []'
    ) in done.stdout


def test_check_goes_through_every_function(tmp_path: Path) -> None:
    spec = tmp_path / "cart.toml"
    spec.write_text(
        f'[tracer]\nbinary = "{program()}"\n'
        '[[function]]\nsymbol = "main.gone"\n'
        '[[function]]\nsymbol = "main.(*Cart).Add"\n'
    )
    done = tracing.gogen("check", str(spec))
    assert done.returncode == 3
    assert "main.gone: " in done.stdout
    assert "main.(*Cart).Add: ok" in done.stdout
    assert "does not hold" in done.stderr


def test_a_signature_that_contradicts_dwarf_is_refused(tmp_path: Path) -> None:
    spec = tmp_path / "cart.toml"
    text = f'[tracer]\nbinary = "{program()}"\n[[function]]\nsymbol = "main.(*Cart).Add"\n'
    # As many bytes as the real one, in other registers.
    wrong = "func(c *main.Cart, n int, item string, price float64) (int, error)"
    right = "func(c unsafe.Pointer, s string, i int64, f float64) (int, any)"
    spec.write_text(f'{text}signature = "{right}"\ncapture = ["s"]\n')
    assert tracing.gogen("check", str(spec)).returncode == 0
    spec.write_text(f'{text}signature = "{wrong}"\ncapture = ["n"]\n')
    done = tracing.gogen("check", str(spec))
    assert done.returncode == 2
    assert "puts values elsewhere than" in done.stderr


def test_inspect_json_agrees_with_objdump_nm_and_the_text() -> None:
    binary, symbol = program(), "main.(*Cart).Add"
    found = json.loads(tracing.gogen("inspect", str(binary), symbol, "--json").stdout)
    text = tracing.gogen("inspect", str(binary), symbol).stdout

    def output(*tool: str | Path) -> str:
        return subprocess.run(tool, capture_output=True, text=True, check=True).stdout

    dumped = output("objdump", "-d", f"--disassemble={symbol}", binary)
    named = output(gobuild.go(gobuild.NEWEST), "tool", "nm", binary)
    code = {
        int(line.split(":")[0], 16): line.split("\t")
        for line in dumped.splitlines()
        if line.startswith(" ")
    }
    address = next(line.split()[0] for line in named.splitlines() if line.endswith(f" T {symbol}"))
    assert found["code"]["address"] == int(address, 16)
    returns = [at for at, (_, _, *shown) in code.items() if shown and shown[0].startswith("ret")]
    assert [site["address"] for site in found["exits"]] == returns
    for site in (found["entry"], *found["exits"]):
        assert bytes.fromhex(site["bytes"]) == bytes.fromhex(code[site["address"]][1])
        with binary.open("rb") as file:
            file.seek(site["file_offset"])
            assert file.read(len(site["bytes"]) // 2).hex() == site["bytes"]
        assert f"{site['address']:#x}" in text
        assert site["instruction"] in text
    assert found["entry"]["why"] in text

    assert found["signature"] in text
    values = {value["name"]: value for value in found["parameters"] + found["results"]}
    places = {name: [r["machine"] for r in value["registers"]] for name, value in values.items()}
    assert places == {
        "c": ["RAX"], "item": ["RBX", "RCX"], "n": ["RDI"], "price": ["X0"],
        "~r0": ["RAX"], "~r1": ["RBX", "RCX"],
    }  # fmt: skip
    lost = {name: value["unreadable"] for name, value in values.items() if value["unreadable"]}
    assert list(lost) == ["price"]
    assert f"unreadable: price: {lost['price']}" in text
    cart = next(type_ for type_ in found["types"] if type_["name"] == "main.Cart")
    assert (cart["size"], [field["offset"] for field in cart["fields"]]) == (32, [0, 24])
    assert "type main.Cart struct (32 bytes)" in text


def test_inspect_json_of_a_stripped_binary_has_the_same_keys() -> None:
    whole, bare = (
        json.loads(tracing.gogen("inspect", str(path), "main.(*Cart).Add", "--json").stdout)
        for path in (program(), gobuild.strip(program()))
    )
    assert list(whole) == list(bare)
    empty = {key for key, value in bare.items() if value is None}
    assert empty == {"signature", "parameters", "results", "types", "floats"}
    assert bare["exits"] == whole["exits"]


def test_inspect_json_of_what_is_on_the_stack() -> None:
    wide = "func(a, b, c, d, e, f, g, h, i, late int)"
    binary = gobuild.build_text(
        {
            "main.go": "package main\n\n//go:noinline\n"
            f"{wide.replace('func', 'func wide')} {{ println(a+b+c+d+e+f+g+h+i, late) }}\n"
            "func main() { wide(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }\n",
            "go.mod": "module wide\n\ngo 1.18\n",
        },
        name="wide",
        version=gobuild.NEWEST,
    )
    found = json.loads(tracing.gogen("inspect", str(binary), "main.wide", "--json").stdout)
    *_, late = found["parameters"]
    assert (late["name"], late["registers"], late["sp_offset"]) == ("late", [], 8)


def test_inspect_json_errors_leave_standard_output_empty() -> None:
    done = tracing.gogen("inspect", str(program()), "main.nothing", "--json")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ")


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(
    ("begun", "offered"),
    [
        ("main.(*", ["main.(*Cart).Add", "main.(*Stack[go.shape.int]).Push"]),
        ("main.f", ["main.forever"]),
        ("main.small", []),
        ("runtime.memmov", []),
        ("interna", ["internal/abi.", "internal/bytealg."]),
    ],
)
def test_symbols_are_completed(begun: str, offered: list[str], bare: bool) -> None:
    """What has no code or can't be traced is not offered; many are offered by package."""
    binary = gobuild.strip(program()) if bare else program()
    asked = f"gogen inspect {binary} '{begun}"
    env = {"_GOGEN_COMPLETE": "complete_bash", "COMP_WORDS": asked, "COMP_CWORD": "3"}
    done = subprocess.run(
        [shutil.which("gogen", path=f"{sys.prefix}/bin") or "gogen"],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[: len(offered) or None] == offered


def completed(binary: Path, begun: str) -> list[str]:
    context = typer.Context(typer.main.get_command(app))
    context.params["binary"] = str(binary)
    return exploring._complete(context, begun)


def test_a_binary_that_cannot_be_read_completes_to_nothing(tmp_path: Path) -> None:
    assert completed(tmp_path / "none", "") == []
    (tmp_path / "text").write_text("no program")
    assert completed(tmp_path / "text", "main.") == []


def test_check_reads_the_binary_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    load = image.load

    def counting(path: Path) -> image.Image:
        opened.append(path)
        return load(path)

    monkeypatch.setattr(image, "load", counting)
    names = ("main.(*Cart).Add", "main.gone", "main.forever", "main.partly")
    functions = "".join(f"[[function]]\nsymbol = '{name}'\n" for name in names)
    spec = tmp_path / "cart.toml"
    spec.write_text(f"[tracer]\nbinary = '{program()}'\n{functions}")
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(typer.Exit) as caught:
        building.check(spec)
    said = [line.split(": ")[:2] for line in out.getvalue().splitlines()]
    assert caught.value.exit_code == 3
    assert [name for name, _ in said] == list(names)
    assert [what == "ok" for _, what in said] == [True, False, True, True]
    assert len(opened) == 1
