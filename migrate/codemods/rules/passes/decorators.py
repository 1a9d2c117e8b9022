"""``function_pass`` and ``module_pass``: where they come from, and the types they no longer ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import drop_arguments, put
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Move, Planned, Rule
from migrate.codemods.target import Target

_FUNCTION, _MODULE = "tvm.relay.transform.function_pass", "tvm.transform.module_pass"
_NEW = "tvm.relax.transform"


class PassDecorators(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.passes.decorators"
    title: ClassVar[str] = "function_pass comes from relax.transform, and InferType is not required"
    explanation: ClassVar[str] = (
        "Passes on functions and modules keep their form: transform_function(self, func, mod, ctx) and"
        " transform_module(self, mod, ctx). Types are known when an expression is made, so that no pass has to require"
        " InferType."
    )
    facts: ClassVar[str] = "tvm.relay.transform.function_pass in TVM 0.19; tvm.relax.transform in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import relay


@relay.transform.function_pass(opt_level=1, required=["InferType"])
class First:
    def transform_function(self, func, mod, ctx):
        return func


@tvm.transform.module_pass(opt_level=0, required=["InferType"])
class Second:
    def transform_module(self, mod, ctx):
        return mod
""",
            """import tvm
from tvm import relax


@relax.transform.function_pass(opt_level=1)
class First:
    def transform_function(self, func, mod, ctx):
        return func


@tvm.transform.module_pass(opt_level=0)
class Second:
    def transform_module(self, mod, ctx):
        return mod
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\n\n@tvm.transform.module_pass(opt_level=0)\nclass A:\n    pass\n",
        'from mine import function_pass\n\n\n@function_pass(required=["InferType"])\nclass A:\n    pass\n',
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "function_pass" in text or "module_pass" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of((_FUNCTION, _MODULE)):
            if use.name == _FUNCTION:
                yield Move(self.id, use, f"{_NEW}.function_pass")
            for arg in use.call.args if use.call is not None else ():
                names = _without_types(arg.value) if arg.keyword and arg.keyword.value == "required" else None
                if use.call is not None and names is not None:
                    yield from self._required(use.call, arg, names)

    def _required(self, call: cst.Call, arg: cst.Arg, names: list[cst.BaseElement]) -> Iterator[Planned]:
        if names:
            assert isinstance(arg.value, (cst.List, cst.Tuple))
            yield Edit(self.id, arg.value, put(arg.value.with_changes(elements=names)))
            return
        for item, rewrite in drop_arguments(call, [arg]):
            yield Edit(self.id, item, rewrite)


def _without_types(node: cst.BaseExpression) -> list[cst.BaseElement] | None:
    """The elements of a list of required passes without InferType; None where it is not in it."""
    if not isinstance(node, (cst.List, cst.Tuple)):
        return None
    kept = [
        element
        for element in node.elements
        if not (isinstance(element.value, cst.SimpleString) and element.value.evaluated_value == "InferType")
    ]
    return kept if len(kept) < len(node.elements) else None


RULE = PassDecorators()
