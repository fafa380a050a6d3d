# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The loader's printers, compiled with sanitizers, against Python and against Go itself.

The contract: values as encoding/json gives them, text as a Go programmer would write it.
"""

from __future__ import annotations

import base64
import json
import math
import random
import re
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gobuild
import pytest

from gogen.emit.env import templates_dir
from gogen.toolchain.find import find

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.toolchain

ORACLE = """
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		what, text := in.Text()[:1], in.Text()[1:]
		switch what {
		case "s":
			raw, _ := hex.DecodeString(text)
			encoded, _ := json.Marshal(string(raw))
			fmt.Println(string(encoded), strconv.Quote(string(raw)))
		case "d":
			bits, _ := strconv.ParseUint(text, 16, 64)
			fmt.Println(strconv.FormatFloat(math.Float64frombits(bits), 'g', -1, 64))
		case "f":
			bits, _ := strconv.ParseUint(text, 16, 32)
			value := float64(math.Float32frombits(uint32(bits)))
			fmt.Println(strconv.FormatFloat(value, 'g', -1, 32))
		case "u":
			value, err := strconv.Unquote(text)
			if err != nil {
				panic(text)
			}
			fmt.Println(hex.EncodeToString([]byte(value)) + ".")
		}
	}
}
"""


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("runtime") / "driver"
    include = templates_dir() / "include"
    subprocess.run(
        [
            *(find().cc, "-g", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{include}"),
            *("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", program),
            Path(__file__).parent / "driver.c",
            *(include / f"{name}.c" for name in ("out", "quote", "values", "record")),
            *(include / f"{name}.c" for name in ("image", "pclntab", "symbolize")),
        ],
        check=True,
    )
    return program


def lines(program: Path, commands: Sequence[str]) -> list[str]:
    done = subprocess.run(
        [program], input="\n".join(commands) + "\n", capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split("\n")[:-1]


def oracle(commands: Sequence[str]) -> list[str]:
    """Ask Go itself."""
    files = {"main.go": ORACLE, "go.mod": "module oracle\n\ngo 1.19\n"}
    program = gobuild.build_text(files, name="oracle", version=gobuild.DEBIAN)
    return lines(program, commands)


def go_decode(raw: bytes) -> str:
    """As Go reads a string: each byte that begins no character is one U+FFFD."""
    text, at = [], 0
    while at < len(raw):
        for size in (1, 2, 3, 4):
            try:
                text.append(raw[at : at + size].decode())
            except UnicodeDecodeError:
                continue
            at += size
            break
        else:
            text.append("\ufffd")
            at += 1
    return "".join(text)


def byte_strings() -> list[bytes]:
    """Every byte, every pair that begins oddly, characters of each length, cut and mixed."""
    chance = random.Random(11)  # noqa: S311 - cases, not secrets
    pieces = [
        *(bytes([n]) for n in range(256)),
        *(chr(n).encode() for n in (0x80, 0x9B, 0xA0, 0x7FF, 0x800, 0xFFFD, 0xFFFF, 0x10000)),
        *(chr(n).encode() for n in (0x10FFFF, 0x202E, 0x2066, 0x200B, 0x2028, 0xFEFF, 0xE0001)),
        *(b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80"),
        *(b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff\xfe"),
        *(b"\xe2\x82", b"\xf0\x9f\x98", "世界".encode(), "😀".encode(), b"</script>", b'\\"'),
    ]
    texts = [b"", *pieces]
    while len(texts) < 2500:
        mixed = b"".join(chance.choice(pieces) for _ in range(chance.randrange(1, 9)))
        texts.append(mixed[: chance.randrange(1, len(mixed) + 1)])
    return [*texts, b"a" * 65535 + "é".encode() + b"\xff" * 70000]


def test_json_strings(driver: Path) -> None:
    texts = byte_strings()
    printed = lines(driver, [f"json {raw.hex()}" for raw in texts])
    assert len(printed) == len(texts)
    for raw, line in zip(texts, printed, strict=True):
        assert json.loads(line) == go_decode(raw), raw
        assert not re.search(r"[\x00-\x1f]", line)


@pytest.mark.golang
def test_strings_as_go_reads_them(driver: Path) -> None:
    """encoding/json agrees with go_decode, and strconv.Unquote gives the very bytes back."""
    texts = [raw for raw in byte_strings() if len(raw) < 1000]
    for raw, line in zip(texts, oracle([f"s{raw.hex()}" for raw in texts]), strict=True):
        value, end = json.JSONDecoder().raw_decode(line)
        assert value == go_decode(raw), raw
        assert line[end:].startswith(' "')
    printed = lines(driver, [f"go {raw.hex()}" for raw in texts])
    unquoted = oracle([f"u{line}" for line in printed])
    assert [text.removesuffix(".") for text in unquoted] == [raw.hex() for raw in texts]


def test_quoted_text_holds_nothing_a_terminal_obeys(driver: Path) -> None:
    texts = byte_strings()
    for line in lines(driver, [f"go {raw.hex()}" for raw in texts]):
        assert line[0] == line[-1] == '"'
        assert not re.search(
            "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
            "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]",
            line,
        ), line


@pytest.mark.parametrize(
    ("raw", "quoted"),
    [
        (b"cccccc", '"cccccc"'),
        (b'a"b\\c', r'"a\"b\\c"'),
        (b"\n\r\t", r'"\n\r\t"'),
        (b"\x00\x1b\x7f\xff", r'"\x00\x1b\x7f\xff"'),
        ("é世😀".encode(), '"é世😀"'),
        ("\x9b\u202e\ufeff\U000e0041".encode(), r'"\u009b\u202e\ufeff\U000e0041"'),
    ],
)
def test_quoted_text(driver: Path, raw: bytes, quoted: str) -> None:
    assert lines(driver, [f"go {raw.hex()}"]) == [quoted]


def test_base64(driver: Path) -> None:
    texts = [bytes(range(n % 256)) * (1 + n // 256) for n in (*range(70), 255, 1000, 50000)]
    printed = lines(driver, [f"base64 {raw.hex()}" for raw in texts])
    assert printed == [f'"{base64.b64encode(raw).decode()}"' for raw in texts]


def scalar_lines(driver: Path, kind: str, values: Sequence[str], mode: str) -> list[str]:
    """Print one record for each value, and cut out what stands for it."""
    commands = [f"mode {mode}"]
    for value in values:
        commands += ["begin 1 0 0 1 61 f", "args", f"{kind} v 0 {value}", "end"]
    printed = lines(driver, commands)
    pattern = r'"args":\{"v":(.*)\}\}$' if mode == "json" else r" f\(v=(.*)\)$"
    found = [re.search(pattern, line) for line in printed]
    assert len(found) == len(values)
    return [match[1] for match in found if match]


def test_integers(driver: Path) -> None:
    signed = [0, 1, -1, 9, 10, 127, -128, 32767, -(1 << 31), (1 << 63) - 1, -(1 << 63)]
    unsigned = [0, 1, 255, 65535, (1 << 32) - 1, 1 << 63, (1 << 64) - 1]
    for mode in ("json", "text"):
        wide = [f"{value & (1 << 64) - 1:x}" for value in signed]
        assert scalar_lines(driver, "int", wide, mode) == list(map(str, signed))
        wide = [f"{value:x}" for value in unsigned]
        assert scalar_lines(driver, "uint", wide, mode) == list(map(str, unsigned))
        assert scalar_lines(driver, "bool", ["0", "1", "2"], mode) == ["false", "true", "true"]
    wide = ["0", "1", "c000012345", "ffffffffffffffff"]
    assert scalar_lines(driver, "address", wide, "json") == [
        *("null", '"0x1"', '"0xc000012345"', '"0xffffffffffffffff"')
    ]
    assert scalar_lines(driver, "address", wide, "text") == [
        *("nil", "0x1", "0xc000012345", "0xffffffffffffffff")
    ]


def double_bits() -> list[int]:
    chance = random.Random(5)  # noqa: S311 - cases, not secrets
    chosen = [
        *(0.0, -0.0, 1.0, -1.5, 0.1, 1 / 3, 100.0, 1e5, 999999.0, 1e6, 123456.7, 1e-4, 1e-5, 1e21),
        *(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0, 0.3, 2**70),
    ]
    bits = [struct.unpack("<Q", struct.pack("<d", value))[0] for value in chosen]
    bits += [chance.getrandbits(64) for _ in range(2000)]
    bits += [
        struct.unpack("<Q", struct.pack("<d", round(chance.uniform(-1e7, 1e7), 3)))[0]
        for _ in range(500)
    ]
    return [b for b in bits if b >> 52 & 0x7FF != 0x7FF]


def single_bits() -> list[int]:
    chance = random.Random(6)  # noqa: S311 - cases, not secrets
    chosen = [0, 1 << 31, 0x3F800000, 0x3DCCCCCD, 1, 0x7F7FFFFF, 0x00800000, 0x4B800001]
    bits = chosen + [chance.getrandbits(32) for _ in range(2000)]
    return [b for b in bits if b >> 23 & 0xFF != 0xFF]


def test_doubles_read_back(driver: Path) -> None:
    bits = double_bits()
    for mode in ("json", "text"):
        for given, text in zip(
            bits, scalar_lines(driver, "float64", [f"{b:x}" for b in bits], mode), strict=True
        ):
            assert struct.unpack("<Q", struct.pack("<d", float(text)))[0] == given, text
            assert len(re.sub(r"e.*|[-.]", "", text).strip("0")) <= len(
                re.sub(r"e.*|[-.]", "", repr(float(text))).strip("0")
            ), text


def test_singles_read_back(driver: Path) -> None:
    bits = single_bits()
    for given, text in zip(
        bits, scalar_lines(driver, "float32", [f"{b:x}" for b in bits], "json"), strict=True
    ):
        assert struct.unpack("<I", struct.pack("<f", float(text)))[0] == given, text


@pytest.mark.golang
def test_floats_are_written_as_go_writes_them(driver: Path) -> None:
    doubles, singles = double_bits(), single_bits()
    expected = oracle([f"d{b:x}" for b in doubles] + [f"f{b:x}" for b in singles])
    printed = scalar_lines(driver, "float64", [f"{b:x}" for b in doubles], "text")
    printed += scalar_lines(driver, "float32", [f"{b:x}" for b in singles], "text")
    assert printed == expected


SPECIAL = [(0x7FF0000000000000, "+Inf"), (0xFFF0000000000000, "-Inf"),
           (0x7FF8000000000001, "NaN"), (0xFFF8000000000000, "NaN")]  # fmt: skip


def test_numbers_that_json_has_not(driver: Path) -> None:
    bits = [f"{b:x}" for b, _ in SPECIAL]
    assert scalar_lines(driver, "float64", bits, "text") == [text for _, text in SPECIAL]
    assert scalar_lines(driver, "float64", bits, "json") == [f'"{text}"' for _, text in SPECIAL]
    bits = ["7f800000", "ff800000", "7fc00000", "ffc00000"]
    assert scalar_lines(driver, "float32", bits, "text") == ["+Inf", "-Inf", "NaN", "NaN"]


@pytest.mark.parametrize(
    ("re_im", "text"),
    [
        ((1.0, 2.0), "(1+2i)"),
        ((-1.5, -0.25), "(-1.5-0.25i)"),
        ((0.0, -0.0), "(0-0i)"),
        ((math.inf, -math.inf), "(+Inf-Infi)"),
        ((math.nan, math.nan), "(NaN+NaNi)"),
        ((1.0, math.copysign(math.nan, -1)), "(1+NaNi)"),
        ((1.0, math.inf), "(1+Infi)"),
    ],
)
def test_complex(driver: Path, re_im: tuple[float, float], text: str) -> None:
    wide = " ".join(f"{struct.unpack('<Q', struct.pack('<d', part))[0]:x}" for part in re_im)
    half = " ".join(f"{struct.unpack('<I', struct.pack('<f', part))[0]:x}" for part in re_im)
    for kind, bits in (("complex128", wide), ("complex64", half)):
        assert scalar_lines(driver, kind, [bits], "text") == [text]
        assert scalar_lines(driver, kind, [bits], "json") == [f'"{text}"']


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0ns"),
        (999, "999ns"),
        (1000, "1.0µs"),
        (1234, "1.2µs"),
        (9949, "9.9µs"),
        (9950, "10µs"),
        (55524, "56µs"),
        (999_499, "999µs"),
        (999_500, "1.0ms"),
        (1_500_000, "1.5ms"),
        (999_999_999, "1.0s"),
        (12_345_678_901, "12s"),
        (59_999_999_999, "60s"),
        (60_000_000_000, "1m0s"),
        (60_000_000_500, "1m0s"),
        (125_900_000_000, "2m5s"),
        ((1 << 64) - 1, "307445734m33s"),
    ],
)
def test_durations(driver: Path, nanoseconds: int, text: str) -> None:
    assert lines(driver, [f"duration {nanoseconds}"]) == [text]


def test_times(driver: Path) -> None:
    """Nanoseconds on the monotonic clock, and how far the calendar is ahead of it."""
    offset = 1_767_323_045_000_000_000  # 2026-01-02T03:04:05Z
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    moments = [0, 6, 999_999_999, 1_000_000_000, 86_400_000_000_000, 59_123_456_789]
    clock = [f"clock {offset}", *(f"time {moment}" for moment in moments)]
    printed = lines(driver, ["mode json", *clock, "mode text", *clock])
    for moment, line in zip(moments, printed[: len(moments)], strict=True):
        whole = start + timedelta(seconds=moment // 10**9)
        assert line == f"{whole:%Y-%m-%dT%H:%M:%S}.{moment % 10**9:09}Z"
    for moment, line in zip(moments, printed[len(moments) :], strict=True):
        whole = start + timedelta(seconds=moment // 10**9)
        assert line == f"{whole:%H:%M:%S}.{moment % 10**9 // 1000:06}"


CLOCK = "clock 1767323045000000000"
CALL = f"begin 0 6 1234 18 {b'main'.hex()} main.foo"


def record(driver: Path, mode: str, *commands: str) -> str:
    (line,) = lines(driver, [f"mode {mode}", CLOCK, *commands, "end"])
    return line


FOO = (
    *(CALL, "args", "int a1 0 2", "int a2 0 3", "int a3 0 4"),
    *(f"bytes b 0 6 64 data {b'cccccc'.hex()}", "results", "int ~r0 0 dc"),
    f"bytes ~r1 0 6 64 data {b'cccccc'.hex()}",
)


def test_the_contracts_record_in_json(driver: Path) -> None:
    line = record(
        driver,
        "json",
        *FOO[:5],
        f"bytes b 0 4096 6 data {b'cccccc'.hex()}",
        "unreadable f register-assigned float: not in pt_regs",
        *FOO[6:],
    )
    assert json.loads(line) == {
        "time": "2026-01-02T03:04:05.000000006Z",
        "function": "main.foo",
        "pid": 7,
        "tid": 8,
        "goid": 18,
        "comm": "main",
        "event": "call",
        "exit": "return",
        "duration_ns": 1234,
        "args": {"a1": 2, "a2": 3, "a3": 4, "b": "Y2NjY2Nj", "f": None},
        "results": {"~r0": 220, "~r1": "Y2NjY2Nj"},
        "truncated": {"args.b": 4096},
        "unreadable": {"args.f": "register-assigned float: not in pt_regs"},
    }
    assert list(json.loads(line)) == [
        *("time", "function", "pid", "tid", "goid", "comm", "event", "exit", "duration_ns"),
        *("args", "results", "truncated", "unreadable"),
    ]


def test_the_contracts_record_in_text(driver: Path) -> None:
    assert record(driver, "text", *FOO) == (
        '03:04:05.000000 main[7] g18  main.foo(a1=2, a2=3, a3=4, b="cccccc") = (220, "cccccc")'
        "  1.2µs"
    )


@pytest.mark.parametrize(
    ("commands", "text"),
    [
        ((CALL, "args", "results"), "main.foo()  1.2µs"),
        ((CALL, "args", "results", "bool ok 0 1"), "main.foo() = (ok=true)  1.2µs"),
        (("begin 1 6 0 18 6d main.foo", "args", "int a 0 1"), "main.foo(a=1)"),
        (("begin 2 6 0 18 6d main.foo", "results", "int ~r0 0 1"), "main.foo(...) = (1)"),
        (("begin 2 6 9 18 6d main.foo", "results"), "main.foo(...)  9ns"),
        (
            (CALL, "args", "string s 1 9 64 data 61", "int n 2 1"),
            (
                "main.foo(s=<unreadable: its memory could not be read>, "
                "n=<unreadable: its memory could not be read>)  1.2µs"
            ),
        ),
        ((CALL, "args", "string s 0 4096 3 data 616263"), 'main.foo(s="abc"...+4093)  1.2µs'),
        ((CALL, "args", "bytes b 0 0 3 nil"), "main.foo(b=nil)  1.2µs"),
        ((CALL, "args", "bytes b 0 0 3 data"), 'main.foo(b="")  1.2µs'),
        ((CALL, "args", "string s 0 9 0 data"), 'main.foo(s=""...+9)  1.2µs'),
    ],
)
def test_text_records(driver: Path, commands: tuple[str, ...], text: str) -> None:
    line = record(driver, "text", *commands)
    assert line.split("  ", 1)[1] == text


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ((CALL, "args", "results"), {"args": {}, "results": {}}),
        ((CALL, "args", "bytes b 0 0 3 nil"), {"args": {"b": None}}),
        ((CALL, "args", "bytes b 0 0 3 data"), {"args": {"b": ""}}),
        ((CALL, "args", "string s 0 3 3 data ff6180"), {"args": {"s": "\ufffda\ufffd"}}),
        (
            (CALL, "args", "string s 0 9 0 data", "results", "string s 0 10 4 data 61626364"),
            {
                "args": {"s": ""},
                "results": {"s": "abcd"},
                "truncated": {"args.s": 9, "results.s": 10},
            },
        ),
        (
            (CALL, "args", "string s 4 9 64 data 61", "results", "float32 ~r0 8 0"),
            {
                "args": {"s": None},
                "results": {"~r0": None},
                "unreadable": {
                    "args.s": "its memory could not be read",
                    "results.~r0": "its memory could not be read",
                },
            },
        ),
        (
            (CALL, "args", "string été 4 9 64 data 61"),
            {"args": {"été": None}, "unreadable": {"args.été": "its memory could not be read"}},
        ),
    ],
)
def test_json_records(driver: Path, commands: tuple[str, ...], expected: dict[str, Any]) -> None:
    parsed = json.loads(record(driver, "json", *commands))
    kept = {key: parsed[key] for key in parsed if key in {"args", "results"}}
    kept |= {key: parsed[key] for key in parsed if key in {"truncated", "unreadable"}}
    assert kept == expected


@pytest.mark.parametrize(
    ("kind", "event", "duration", "shown"),
    [
        (0, "call", 5, {"exit": "return", "duration_ns": 5}),
        (1, "entry", 0, {}),
        (2, "return", 0, {"exit": "return"}),
        (2, "return", 5, {"exit": "return", "duration_ns": 5}),
    ],
)
def test_events(
    driver: Path, kind: int, event: str, duration: int, shown: dict[str, object]
) -> None:
    parsed = json.loads(record(driver, "json", f"begin {kind} 6 {duration} 1 6d main.foo"))
    assert parsed["event"] == event
    assert {key: parsed[key] for key in ("exit", "duration_ns") if key in parsed} == shown


def test_names_cannot_break_a_record(driver: Path) -> None:
    """The symbol comes from the spec; the process chooses its own name, 15 bytes of anything."""
    comm = b'\x1b[2J"\\\n\xff\xc2\x9b'
    symbol = 'main.F["x\\y",世]'
    parsed = json.loads(record(driver, "json", f"begin 0 6 0 1 {comm.hex()} {symbol}"))
    assert (parsed["comm"], parsed["function"]) == (go_decode(comm), symbol)
    line = record(driver, "text", f"begin 0 6 0 1 {comm.hex()} {symbol}", "args")
    assert line == f'03:04:05.000000 ?[2J"\\????[7] g1  {symbol}()'


def test_a_comm_that_fills_its_field(driver: Path) -> None:
    full = b"exactly16bytes!!"
    assert json.loads(record(driver, "json", f"begin 0 6 0 1 {full.hex()} f"))["comm"] == (
        full.decode()
    )


def test_more_notes_than_fit_lose_no_value(driver: Path) -> None:
    """64 values of a record, of which each gives a note at most."""
    commands = [CALL, "args", *(f"string s{n} {n % 2} 9 1 data 61" for n in range(64))]
    parsed = json.loads(record(driver, "json", *commands))
    assert len(parsed["args"]) == 64
    assert len(parsed["truncated"]) == len(parsed["unreadable"]) == 32


def test_a_full_disk_is_remembered(driver: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [driver],
            input="json 61\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "No space left on device\n")
