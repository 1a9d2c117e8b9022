"""What recorded Relay modules convert to: how each op call is said, what is refused, whether the script holds.

A module counts as converted when nothing of it was refused and no op call was kept as an external one.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import recorded

import migrate
from migrate.forward.result import ConversionResult
from migrate.report.model import Outcome
from relax_core.ir.module import IRModule
from relax_core.structural import first_difference
from relax_core.text.printer import print_module
from relax_core.well_formed import check
from relay_compat.json.reader import load_json
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError, Severity

COLLECTIONS = ("models", "onnx", "evaluated", "passes before", "passes after")
TARGETS = ("0.27", "0.19")


@dataclass(frozen=True, slots=True)
class Converted:
    """One module for one target. ``untyped``: why the module itself is none (TVM's passes leave such behind, too)."""

    name: str
    untyped: str = ""
    outcomes: Counter[str] = field(default_factory=Counter[str])
    causes: tuple[str, ...] = ()
    ops: tuple[tuple[str, str, str], ...] = ()
    """Outcome, operator, reason of the calls that are not 1:1."""
    assumes: bool = False
    malformed: str = ""
    unlike: str = ""

    @property
    def complete(self) -> bool:
        """Whether nothing was refused."""
        return not self.untyped and not self.causes


def texts(collection: str, corpus: recorded.Corpus) -> Iterator[tuple[str, str]]:
    """Name and JSON text of the modules of a collection."""
    kind, _, side = collection.partition(" ")
    for row in corpus.rows:
        name = row["name"]
        if kind != "passes":
            yield name, corpus.text(name, "module.json")
            continue
        module = corpus.json(name, "case.json")[side]
        yield name, module if isinstance(module, str) else json.dumps(module)


def opened(collection: str) -> recorded.Corpus:
    """The file that holds a collection."""
    return recorded.Corpus(recorded.path(collection.split()[0]))


def convert(name: str, text: str, target: str) -> Converted:
    """A module converted, its script checked and read back."""
    try:
        module = infer_types(load_json(text))
    except DiagnosticError as error:
        return Converted(name, untyped=message_class(str(error.diagnostics[0].message)))
    try:
        result = migrate.convert(module, target=target)
    except DiagnosticError as error:
        return Converted(name, causes=tuple(cause(item) for item in error.diagnostics))
    return judged(name, result)


def judged(name: str, result: ConversionResult) -> Converted:
    """What is to be told of a conversion."""
    report = result.report
    ops = [
        (item.outcome.value, item.op, message_class(item.reason))
        for item in report.conversions
        if item.outcome is not Outcome.DIRECT
    ]
    faults = check(cast(IRModule, result.module))
    return Converted(
        name,
        outcomes=Counter(item.outcome.value for item in report.conversions),
        causes=tuple(cause(item) for item in report.diagnostics if item.severity is Severity.ERROR),
        assumes=bool(report.assumptions),
        ops=tuple(ops),
        malformed=str(faults[0]) if faults else "",
        unlike=unlike(result),
    )


def unlike(result: ConversionResult) -> str:
    """Where the script, read again, is another module than the one that was printed; empty if nowhere.

    Scratch buffers of tensor programs are declared by statements in 0.27 and by the root block in 0.19: such modules
    must print as the same text again.
    """
    target = result.report.target
    try:
        again = cast(IRModule, migrate.load(result.script(), result.module.params))
    except DiagnosticError as error:
        return f"not read: {error.diagnostics[0].message}"
    differs = first_difference(result.module, again)
    same_text = target == "0.19" and print_module(again, target) == print_module(result.module, target)
    return "" if differs is None or same_text else differs


def cause(diagnostic: Any) -> str:
    """Code and kind of a refusal."""
    return f"{diagnostic.code.id} {message_class(diagnostic.message)}"


def message_class(message: str) -> str:
    """A message without what is particular to its place: names, shapes, numbers."""
    message = re.sub(r"Tensor\[[^\]]*\]|R\.Tensor\([^)]*\)|\([^()]*Tensor[^()]*\)", "TYPE", message)
    message = re.sub(r"[@%][\w.]+", "NAME", message)
    return re.sub(r"(?<!Relax )(?<![\w.])-?\d+(\.\d+)?(e-?\d+)?(?![\w.])", "N", message)
