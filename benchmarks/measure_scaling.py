"""Cost against program size: graphs of 5,000 and 50,000 nodes of several forms through every step of the conversion."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

import migrate
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types

SIZES = (5_000, 50_000)
KIND = "Tensor[(4), float32]"


def chain(length: int) -> str:
    """Relay text of ``x + x + ... + x``."""
    lines = [
        "%0 = add(%x, %x);",
        *(f"%{n} = add(%{n - 1}, %x);" for n in range(1, length - 1)),
        f"add(%{length - 2}, %x)",
    ]
    return _main(lines)


def wide(width: int) -> str:
    """``width`` operators beside each other, in one tuple."""
    lines = [f"%{n} = negative(%x);" for n in range(width)]
    return _main([*lines, f"({', '.join(f'%{n}' for n in range(width))})"], f"({', '.join([KIND] * width)})")


def shared(length: int) -> str:
    """A chain whose every operator takes the one before twice: as a tree it has ``2 ** length`` nodes."""
    lines = ["%0 = add(%x, %x);", *(f"%{n} = add(%{n - 1}, %{n - 1});" for n in range(1, length))]
    return _main([*lines, f"%{length - 1}"])


def nested_calls(depth: int) -> str:
    """Calls inside each other's parentheses."""
    return _main(["negative(" * depth + "%x" + ")" * depth])


def nested_lets(depth: int) -> str:
    """Lets inside each other's values."""
    return _main([*("let %y = {" for _ in range(depth)), "%x", *("}; negative(%y)" for _ in range(depth))])


def nested_branches(depth: int) -> str:
    """Branches inside each other's first arms."""
    ends = ("} else { negative(%x) }" for _ in range(depth))
    return _main([*("if (%c) {" for _ in range(depth)), "%x", *ends], params=f"%c: bool, %x: {KIND}")


def _main(lines: list[str], result: str = KIND, params: str = f"%x: {KIND}") -> str:
    return f'#[version = "0.0.5"]\ndef @main({params}) -> {result} {{\n  ' + "\n  ".join(lines) + "\n}\n"


PROGRAMS: dict[str, Callable[[int], str]] = {
    "chain": chain,
    "wide": wide,
    "shared": shared,
    "nested calls": nested_calls,
    "nested lets": nested_lets,
    "nested branches": nested_branches,
}
INDENTED = {"nested lets": {"print Relay"}, "nested branches": {"print Relay", "print Relax"}}
"""Steps that are left out: n blocks inside each other are indented, so that their text has the length n * n."""


def measure(name: str, size: int) -> dict[str, float]:
    """CPU seconds of each step."""
    seconds: dict[str, float] = {}

    def timed(step: str, action: Callable[[], Any]) -> Any:
        if step in INDENTED.get(name, ()):
            return None
        start = time.process_time()
        value = action()
        seconds[step] = time.process_time() - start
        return value

    text = PROGRAMS[name](size)
    module = timed("parse", lambda: parse(text, infer=False))
    module = timed("infer", lambda: infer_types(module))
    timed("print Relay", lambda: print_module(module))
    result = timed("convert", lambda: migrate.convert(module))
    if not result.report.complete:
        raise RuntimeError(f"{name} of {size} is not converted: {result.report.diagnostics[0].message}")
    timed("print Relax", lambda: result.script())
    return seconds


def main() -> None:
    """Print a table for each form of graph; the last column is 1 when cost is proportional to size."""
    growth = SIZES[1] / SIZES[0]
    for name in PROGRAMS:
        measure(name, 100)
        small, large = (measure(name, size) for size in SIZES)
        columns = [*(f"{size:,} nodes, s" for size in SIZES), "growth / size"]
        table = Table("step", *columns, title=f"Graph: {name}", title_justify="left")
        for step, value in small.items():
            table.add_row(step, f"{value:.3f}", f"{large[step]:.3f}", f"{large[step] / value / growth:.2f}")
        Console().print(table)
