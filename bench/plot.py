#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Draw what was measured.

In:   bench/results.json, which `make bench ARGS=--save` leaves
Out:  bench/results.png and bench/results.svg

Nothing is measured here: `make bench-plot` draws again. A panel is drawn of each table that is
there. Equal results give equal files.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes

HERE = Path(__file__).resolve().parent

_GOGEN, _PEER, _FLOOR = "#0969a2", "#d1701d", "#9aa4ad"
_COLUMNS = 2
_PANEL_INCHES = (6.2, 2.9)

mpl.rcParams.update(
    {
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "gogen",
    }
)

_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?")

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the results: its rows by their first cell, cells by their column's name."""

    title: str
    columns: tuple[str, ...]
    rows: dict[str, Cells]
    notes: tuple[str, ...]
    grows_with: str

    def numbers(self, column: str) -> dict[str, float]:
        """Give the rows that have a number in a column."""
        return {
            name: float(cells[column].replace(",", ""))
            for name, cells in self.rows.items()
            if _NUMBER.fullmatch(cells.get(column, ""))
        }


def tables(document: dict[str, Any]) -> list[Table]:
    """Read the tables; of columns with the same name the first counts."""
    return [
        Table(
            section["title"],
            tuple(dict.fromkeys(section["head"][1:])),
            {
                row[0]: dict(reversed(list(zip(section["head"][1:], row[1:], strict=True))))
                for row in section["rows"]
            },
            tuple(section["notes"]),
            section.get("grows_with", ""),
        )
        for section in document["sections"]
    ]


def _colour(name: str) -> str:
    if "gogen" in name:
        return _GOGEN
    return _PEER if "bpftrace" in name else _FLOOR


def _bars(axes: Axes, title: str, values: dict[str, float], form: str) -> None:
    """Draw a bar for each value, with the value at its end, the first one on top."""
    names = list(values)
    axes.set_title(title)
    axes.barh(names, list(values.values()), color=[_colour(name) for name in names], height=0.65)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    for at, value in enumerate(values.values()):
        axes.annotate(
            form.format(value), (value, at), xytext=(4, 0), textcoords="offset points", va="center"
        )
    axes.margins(x=0.18)


def _cost(table: Table, axes: Axes) -> None:
    costs = {name: ns / 1000 for name, ns in table.numbers("cost").items()}
    go = table.title.split(",")[1].strip()
    _bars(axes, f"What a probed call costs the program, µs ({go})", costs, "{:.1f}")


def _records(table: Table, axes: Axes) -> None:
    values = table.numbers("records/s")
    lost = {name: cells["lost"].split("/")[0] for name, cells in table.rows.items()}
    named = {f"{name}\n({lost[name]} lost)": value for name, value in values.items()}
    _bars(axes, "Entry records that arrive, each second", named, "{:,.0f}")


def _ready(table: Table, axes: Axes) -> None:
    sites = table.title.partition(", ")[2]
    _bars(axes, f"From start to ready, ms ({sites})", table.numbers("ms to ready"), "{:.1f}")


def _memory(table: Table, axes: Axes) -> None:
    note = next(note for note in table.notes if note.startswith("Most memory"))
    peaks = {name: int(kib) * 1024 / 1e6 for name, kib in re.findall(r"(\D+?) (\d+)[,.]", note)}
    peaks = {name.rpartition(": ")[2].strip(" ,"): mb for name, mb in peaks.items()}
    _bars(axes, "Most memory resident while tracing, MB", peaks, "{:.1f}")


def _lines(axes: Axes, title: str, lines: dict[str, dict[float, float]], across: str) -> None:
    """Draw how things grow, all logarithmic."""
    axes.set_title(title)
    tools = "gogen" in lines
    for name, points in lines.items():
        if points:
            colour = _colour(name) if tools else None
            axes.plot(list(points), list(points.values()), "o-", label=name, color=colour)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.set_xlabel(across)
    axes.grid(visible=True, alpha=0.25)
    axes.legend(frameon=False)


def _grown(table: Table, column: str) -> dict[float, float]:
    """Give a column by the numbers that its rows begin with."""
    return {
        float(name.split()[0].replace(",", "")): value
        for name, value in table.numbers(column).items()
    }


def _growth(table: Table, axes: Axes) -> None:
    columns = [column for column in table.columns if column not in ("min", "max")]
    lines = {column: _grown(table, column) for column in columns}
    _lines(axes, table.title, lines, table.grows_with)


def _reading(table: Table, axes: Axes) -> None:
    columns = [column for column in table.columns if column.endswith(", s")]
    lines = {column.removesuffix(", s"): _grown(table, column) for column in columns}
    _lines(axes, "Reading a binary, s of processor time", lines, "MB of the binary")


def _attaching(table: Table, axes: Axes) -> None:
    detach = table.numbers("detach ms")
    lines: dict[str, dict[float, float]] = {}
    for name, attach in table.numbers("attach ms").items():
        tool, _, sites = name.rpartition(", ")
        lines.setdefault(tool, {})[float(sites)] = attach + detach[name]
    _lines(axes, "Attaching and detaching, ms", lines, "sites")


_PANELS: tuple[tuple[str, Callable[[Table, Axes], None]], ...] = (
    ("One hit", _cost),
    ("Entry records a second", _records),
    ("Start-up", _ready),
    ("One hit", _memory),
    ("Attach and detach", _attaching),
    ("Reading binaries", _reading),
)
"""How the title of a table begins, and what draws it; the first such table counts."""


def panels(every: list[Table]) -> Iterator[tuple[Table, Callable[[Table, Axes], None]]]:
    """Choose what there is to draw: these, and everything that grows."""
    for beginning, draw in _PANELS:
        found = next((each for each in every if each.title.startswith(beginning)), None)
        if found:
            yield found, draw
    for each in every:
        if each.grows_with:
            yield each, _growth


def main() -> int:
    """Draw; give the exit status."""
    try:
        document = json.loads((HERE / "results.json").read_text())
    except FileNotFoundError:
        print("error: no bench/results.json - run: make bench ARGS=--save", file=sys.stderr)
        return 1
    chosen = list(panels(tables(document)))
    rows = -(-len(chosen) // _COLUMNS)
    width, height = _PANEL_INCHES
    figure = Figure(figsize=(width * _COLUMNS, height * rows + 0.3), layout="constrained")
    for axes, (table, draw) in zip(
        figure.subplots(rows, _COLUMNS, squeeze=False).flat, chosen, strict=False
    ):
        draw(table, axes)
    for axes in figure.axes[len(chosen) :]:
        axes.set_visible(False)
    figure.supxlabel(document["machine"], fontsize=8, color="#57606a")
    figure.savefig(HERE / "results.png", dpi=110, metadata={"Software": None})
    figure.savefig(HERE / "results.svg", metadata={"Date": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
