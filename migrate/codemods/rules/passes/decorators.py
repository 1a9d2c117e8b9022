"""``function_pass`` and ``module_pass``: where they come from, and the types they no longer ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import with_arguments
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Move, Planned, Rule
from migrate.codemods.target import Target

_FUNCTION, _MODULE = "tvm.relay.transform.function_pass", "tvm.transform.module_pass"
_NEW = {_FUNCTION: "tvm.relax.transform", _MODULE: "tvm.transform"}


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
from tvm.relax import transform


@transform.function_pass(opt_level=1)
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
        for old, module in _NEW.items():
            for use in file.uses_of((old,)):
                call = use.call
                if call is not None and any(_required(arg) for arg in call.args):
                    yield self._without(file, use, call, module, keep=old == _MODULE)
                elif old == _FUNCTION:
                    yield Move(self.id, use, f"{module}.function_pass")

    def _without(self, file: SourceFile, use: Use, call: cst.Call, module: str, *, keep: bool) -> Planned:
        if keep:
            return Edit(self.id, call, lambda node: _types_dropped(node))
        way = way_to(file, use, module)
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)
        func = attribute(way.expression, "function_pass")
        return Edit(self.id, call, lambda node: _types_dropped(node).with_changes(func=func), way.imports)


def _required(arg: cst.Arg) -> bool:
    return arg.keyword is not None and arg.keyword.value == "required" and _names(arg.value) is not None


def _names(node: cst.BaseExpression) -> list[cst.BaseElement] | None:
    """The elements of a list of required passes without InferType; None where it is not in it."""
    if not isinstance(node, (cst.List, cst.Tuple)):
        return None
    kept = [
        element
        for element in node.elements
        if not (isinstance(element.value, cst.SimpleString) and element.value.evaluated_value == "InferType")
    ]
    return kept if len(kept) < len(node.elements) else None


def _types_dropped(node: cst.CSTNode) -> cst.Call:
    assert isinstance(node, cst.Call)
    kept: list[cst.Arg | None] = []
    for arg in node.args:
        names = _names(arg.value) if _required(arg) else None
        if names is None:
            kept.append(arg)
        else:
            kept.append(arg.with_changes(value=arg.value.with_changes(elements=names)) if names else None)
    return with_arguments(node, kept)


RULE = PassDecorators()
