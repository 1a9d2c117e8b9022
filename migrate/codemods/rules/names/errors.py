"""``tvm.TVMError``, which is Python's own ``RuntimeError`` now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst.metadata import BuiltinAssignment

from migrate.codemods.api import api
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target


class Errors(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.errors"
    title: ClassVar[str] = "tvm.TVMError becomes RuntimeError"
    explanation: ClassVar[str] = (
        "TVM's own base class of errors is gone since TVM 0.22; what it was derived from, RuntimeError, catches what"
        " TVM raises now. A few failures have other classes: Op.get of an unknown name raises AttributeError."
    )
    facts: ClassVar[str] = "tvm.error of TVM 0.19, 0.21, 0.26 and 0.27"
    names: ClassVar[tuple[str, ...]] = ("tvm.TVMError", "tvm.error.TVMError")
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm

try:
    step()
except tvm.TVMError as error:
    print(error)
""",
            """import tvm

try:
    step()
except RuntimeError as error:
    print(error)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("class TVMError(Exception):\n    pass\n\n\nraise TVMError('x')\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "import tvm\n\nRuntimeError = ValueError\nraise tvm.TVMError('x')\n", "RuntimeError means something else"
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "TVMError" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        there = api(target.release)
        for use in file.uses_of(self.names):
            if all(there.known(meaning) for meaning in use.meanings):
                continue
            if any(not isinstance(item, BuiltinAssignment) for item in use.scope["RuntimeError"]):
                yield self.refuse(file, use.node, "the name RuntimeError means something else here")
                continue
            yield Edit(self.id, use.node, _as_builtin)


def _as_builtin(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, (cst.Name, cst.Attribute))
    return cst.Name("RuntimeError", lpar=node.lpar, rpar=node.rpar)


RULE = Errors()
