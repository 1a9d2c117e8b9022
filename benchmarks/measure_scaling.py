"""Cost against program size: a chain of additions through every step of the conversion, 5,000 and 50,000 long."""

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


def chain(length: int) -> str:
    """Relay text of ``x + x + ... + x``."""
    kind = "Tensor[(4), float32]"
    lines = [
        "%0 = add(%x, %x);",
        *(f"%{n} = add(%{n - 1}, %x);" for n in range(1, length - 1)),
        f"add(%{length - 2}, %x)",
    ]
    return f'#[version = "0.0.5"]\ndef @main(%x: {kind}) -> {kind} {{\n  ' + "\n  ".join(lines) + "\n}\n"


def measure(length: int) -> dict[str, float]:
    """CPU seconds of each step."""
    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        start = time.process_time()
        value = step()
        seconds[name] = time.process_time() - start
        return value

    text = chain(length)
    module = timed("parse", lambda: parse(text, infer=False))
    module = timed("infer", lambda: infer_types(module))
    timed("print Relay", lambda: print_module(module))
    result = timed("convert", lambda: migrate.convert(module))
    timed("print Relax", lambda: result.script())
    return seconds


def main() -> None:
    """Print the table; the last column is 1 when cost is proportional to length."""
    measure(100)
    small, large = (measure(size) for size in SIZES)
    growth = SIZES[1] / SIZES[0]
    table = Table(
        "step",
        *(f"{size} ops, s" for size in SIZES),
        "growth / length",
        title="Chain of additions",
        title_justify="left",
    )
    for name, value in small.items():
        table.add_row(name, f"{value:.3f}", f"{large[name]:.3f}", f"{large[name] / value / growth:.2f}")
    Console().print(table)
