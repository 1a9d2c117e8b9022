"""Reads a great many damaged inputs and counts what becomes of them.

    python tests/support/campaign.py [COUNT]

By default 100,000, on all processors; the table goes to docs/reference/mutations.md when all went well. Every input
must load or give a coded diagnostic, within seconds and a bounded amount of memory.
"""

import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mutations import MIX, PARAMS, hostile, mutated
from recorded import relay_modules

from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from relay_compat.params import load_params
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.codes import catalogue
from tensor_core.diagnostics import DiagnosticError, render
from tensor_core.module import IRModule

SEED, COUNT, CHUNK = 20_250_401, 100_000, 250
LARGEST = 30_000
"""Characters of the longest module that is damaged: most are far shorter, and short ones are read often."""
SECONDS, BYTES = 20, 3 << 30
"""What one input may take; a longer one counts as an escape, as an exception does."""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "mutations.md"

LOADS = "loads"


@dataclass
class Outcomes:
    """How often each outcome occurred: (how the input was made, stage that ended, code or LOADS)."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    escapes: list[tuple[int | str, str]] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, other: "Outcomes") -> None:
        self.counts.update(other.counts)
        self.escapes += other.escapes
        self.slowest = max(self.slowest, other.slowest)


def corpus() -> tuple[list[str], list[str]]:
    """Texts and JSON of the recorded modules that can be read, short ones only, in a fixed order."""
    texts: dict[str, None] = {}
    modules: dict[str, None] = {}
    for _, module in relay_modules():
        if len(module) > 20 * LARGEST:
            continue
        try:
            loaded = load_json(module)
            text, lossless = print_module(loaded), print_module(loaded, lossless=True)
        except DiagnosticError:
            continue
        if len(text) < LARGEST:
            # Both forms are read; TVM's is the one that files are in.
            texts[lossless if len(texts) % 5 == 4 else text] = None
            modules[module] = None
    return sorted(texts), sorted(modules)


def outcome(kind: str, data: Any) -> tuple[str, str]:
    """The stage that an input reached and the code that ended it there, or LOADS."""
    stage = "parsing"
    try:
        if kind == PARAMS:
            load_params(data)
            return "typing", LOADS
        module = (load_json if "JSON" in kind else parse)(data, infer=False)
        stage = "typing"
        typed = infer_types(module)
    except DiagnosticError as error:
        for item in error.diagnostics:
            render(item, error.source)
        return stage, error.diagnostics[0].code.id
    written(typed)
    return stage, LOADS


def written(module: IRModule) -> None:
    """Write what was loaded in both formats, which may be refused but not fail."""
    for write in (print_module, save_json):
        with suppress(DiagnosticError):
            write(module)


def measured(inputs: Iterable[tuple[int | str, str, Any]]) -> Outcomes:
    """What becomes of inputs: (name, how it was made, it)."""
    result = Outcomes()
    for name, kind, data in inputs:
        start = time.process_time()
        try:
            with time_limit():
                result.counts[(kind, *outcome(kind, data))] += 1
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            result.escapes.append(
                (name, f"{type(error).__name__}: {str(error)[:200]} in {last.filename}:{last.lineno}")
            )
        result.slowest = max(result.slowest, time.process_time() - start)
    return result


@contextmanager
def time_limit() -> Generator[None]:
    """TimeoutError when what is inside takes more CPU time than one input may."""

    def too_slow(*_: object) -> None:
        raise TimeoutError(f"longer than {SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


_inputs: tuple[list[str], list[str]] = ([], [])


def _start(inputs: tuple[list[str], list[str]]) -> None:
    global _inputs
    _inputs = inputs
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


def _chunk(numbers: range) -> Outcomes:
    return measured((number, *mutated(number, *_inputs)) for number in numbers)


def run(count: int) -> Outcomes:
    """All inputs, on all processors."""
    total = Outcomes()
    numbers = [range(SEED + n, SEED + min(n + CHUNK, count)) for n in range(0, count, CHUNK)]
    with get_context("fork").Pool(os.cpu_count(), _start, (corpus(),)) as pool:
        for part in pool.imap(_chunk, numbers):
            total.add(part)
    return total


def share(part: int, whole: int) -> str:
    """A part in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def page(total: Outcomes, special: dict[str, str]) -> str:
    """The tables as Markdown."""
    rows = [_row(kind, total) for kind in dict.fromkeys(MIX)]
    whole, loads, typing, parsing = (sum(column) for column in zip(*(row[1:] for row in rows), strict=True))
    codes: Counter[str] = Counter()
    for (_, _, code), number in total.counts.items():
        codes[code] += number
    titles = {item.id: item.title for item in catalogue()}
    shares = [(kind, f"{count:,}", *(share(part, count) for part in parts)) for kind, count, *parts in rows]
    shares.append(("all", f"{whole:,}", share(loads, whole), share(typing, whole), share(parsing, whole)))
    hits = [(f"`{code}`", titles[code], f"{codes[code]:,}") for code in sorted(codes) if code != LOADS]
    return f"""<!-- Made by tests/support/campaign.py: do not edit. -->

# Damaged inputs

{whole:,} inputs made from the recorded modules and from parameter files by edits of characters, tokens, JSON fields and
bytes, always the same ones (`tox run -e mutations`). Every one loads or gives a coded diagnostic. The slowest took less
than {int(total.slowest) + 1} s of CPU time; each process was confined to {BYTES >> 30} GiB.

{share(loads + typing, whole)} pass parsing; {share(typing, whole)} fail in typing only.

{table(("edited", "inputs", "load", "fail in typing", "fail in parsing"), shares)}

## Diagnostics

{table(("code", "title", "hit"), hits)}

## Inputs that end TVM's process, and their like

{table(("input", "here"), ((name, what if what == LOADS else f"`{what}`") for name, what in special.items()))}
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(kind: str, total: Outcomes) -> tuple[str, int, int, int, int]:
    def count(stage: str, loads: bool) -> int:
        return sum(
            number for (made, ended, code), number in total.counts.items()
            if made == kind and ended == stage and (code == LOADS) == loads
        )  # fmt: skip

    loads, typing, parsing = count("typing", True), count("typing", False), count("parsing", False)
    return kind, loads + typing + parsing, loads, typing, parsing


def main() -> int:
    """Print the table; write it when the whole campaign went well."""
    count = int(sys.argv[1]) if sys.argv[1:] else COUNT
    special: dict[str, str] = {}
    total = Outcomes()
    for name, data in hostile().items():
        found = measured([(name, name, data)])
        special[name] = next((code for _, _, code in found.counts), "escaped")
        total.escapes += found.escapes
        total.slowest = max(total.slowest, found.slowest)
    total.add(run(count))
    text = page(total, special)
    print(text)
    for name, message in total.escapes:
        print(f"ESCAPED {name}: {message}", file=sys.stderr)
    if not total.escapes and count == COUNT:
        PAGE.write_text(text)
    return 1 if total.escapes else 0


if __name__ == "__main__":
    sys.exit(main())
