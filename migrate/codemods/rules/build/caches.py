"""``te_compiler.get().clear()``: Relax keeps no compiled functions between builds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import take_out
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, New, Planned, Refused, Rule
from migrate.codemods.target import Target

_OLD = ("tvm.relay.backend.te_compiler.get", "tvm.relay.backend.compile_engine.get")
"""What gives Relay's compiler of single functions; it was called compile_engine until TVM 0.8."""


class Caches(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.caches"
    title: ClassVar[str] = "clearing the cache of Relay's compiler goes"
    explanation: ClassVar[str] = (
        "Relay kept lowered functions between builds, and tests cleared that cache to compile anew. Relax lowers each"
        " module for itself, so the statement goes; pass stands for it where it is alone in a block, or has a comment."
    )
    facts: ClassVar[str] = "relay.backend.te_compiler of TVM 0.19; relax.build of TVM 0.21 and 0.27 holds no state"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay, relax
from tvm.relay.backend import te_compiler


def build(mod, target, fresh):
    relay.backend.te_compiler.get().clear()
    if fresh:
        # Anew.
        te_compiler.get().clear()
    return relax.build(mod, target)
""",
            """from tvm import relax


def build(mod, target, fresh):
    if fresh:
        # Anew.
        pass
    return relax.build(mod, target)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine import te_compiler\n\nte_compiler.get().clear()\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nengine = relay.backend.te_compiler.get()\n", "lowers each module for itself"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "te_compiler" in text or "compile_engine" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        lines: dict[cst.CSTNode, list[cst.CSTNode]] = {}
        for use in file.uses_of(_OLD):
            line = _cleared(file, use)
            if line is None:
                reason = "Relax has no compiler of single functions: it lowers each module for itself"
                yield self.refuse(file, use.node, reason, "build the module that the function is in")
                continue
            block = file.parent(line)
            if isinstance(block, (cst.IndentedBlock, cst.Module)):
                lines.setdefault(block, []).append(line)
            rest = len(block.body) - len(lines[block]) if isinstance(block, (cst.IndentedBlock, cst.Module)) else 0
            yield Edit(self.id, line, take_out if rest and not _said(line) else _passed, claims=(use.node,))


def _cleared(file: SourceFile, use: Use) -> cst.CSTNode | None:
    """The line ``….get().clear()`` that a use is in; None elsewhere."""
    method = file.parent(use.call) if use.call is not None else None
    call = file.parent(method) if isinstance(method, cst.Attribute) and method.attr.value == "clear" else None
    line = file.statement(call) if isinstance(call, cst.Call) and call.func is method else None
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    return line if alone and call is not None and isinstance(file.parent(call), cst.Expr) else None


def _said(line: cst.CSTNode) -> bool:
    """Whether a comment stands at a line, or above it."""
    assert isinstance(line, cst.SimpleStatementLine)
    return bool(line.trailing_whitespace.comment) or any(item.comment is not None for item in line.leading_lines)


def _passed(node: cst.CSTNode) -> New:
    assert isinstance(node, cst.SimpleStatementLine)
    return node.with_changes(body=[cst.Pass()])


RULE = Caches()
