"""``relay.var`` and ``relay.Var``, whose types are written otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_PARAMETERS = {
    "tvm.relay.var": ("name_hint", "type_annotation", "shape", "dtype", "span"),
    "tvm.relay.Var": ("name_hint", "type_annotation", "span"),
}


class Variables(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.var"
    title: ClassVar[str] = "relay.var(name, shape, dtype) becomes relax.Var(name, relax.TensorType(shape, dtype))"
    explanation: ClassVar[str] = (
        "A Relax variable takes a name and a type. Relay's wrapper also takes a shape and an element type, in the place"
        " of the type or by keyword, and is float32 where none is given. In Relax a variable without a type is one of"
        " any type."
    )
    facts: ClassVar[str] = "tvm.relay.var and tvm.relay.Var of TVM 0.19; tvm.relax.Var of TVM 0.21, 0.26 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay

x = relay.var("x", shape=(1, 3, 8, 8), dtype="float32")
y = relay.var("y", shape=shape)
z = relay.var("z", relay.TensorType((2, 2), "int8"))
w = relay.Var("w")
""",
            """from tvm import relay
from tvm import relax

x = relax.Var("x", relax.TensorType((1, 3, 8, 8), "float32"))
y = relax.Var("y", relax.TensorType(shape, "float32"))
z = relax.Var("z", relay.TensorType((2, 2), "int8"))
w = relax.Var("w")
""",
        ),
        Example(
            """from tvm import relay

x = relay.var(
    "x",  # the image
    shape=(1, 3, size, size),
    dtype=dtype,
)
n = relay.var("n", "int64")
""",
            """from tvm import relax

x = relax.Var(
    "x",  # the image
    relax.TensorStructInfo((1, 3, size, size), dtype),
)
n = relax.Var("n", relax.TensorStructInfo((), "int64"))
""",
            target="0.21",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import te\n\nn = te.var('n')\n",
        "def var(name, shape):\n    return name\n\n\nx = var('x', shape=(1,))\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nx = relay.var(*arguments)\n", "known at run time only"),
        Refused("from tvm import relay\n\nx = relay.var('x', span=s, shape=s, type_annotation=t)\n", "both a type and"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "ar(" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for name, parameters in _PARAMETERS.items():
            for use in file.uses.get(name, ()):
                if use.call is not None:
                    yield self._plan(file, use, use.call, parameters, target.word("TensorType"))

    def _plan(self, file: SourceFile, use: Use, call: cst.Call, parameters: tuple[str, ...], tensor: str) -> Planned:
        if len(use.meanings) > 1:
            return self.refuse(file, use.node, "the name may stand for something else, too")
        bound = bind(call, parameters)
        if isinstance(bound, str):
            return self.refuse(file, call, bound)
        given = bound.get("type_annotation")
        if given is not None and "shape" in bound:
            return self.refuse(file, call, "it is given both a type and a shape, which Relay refuses")
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)
        order = list(bound)

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            by_name = dict(zip(order, node.args, strict=True))
            return _rewritten(node, by_name, way.expression, tensor)

        return Edit(self.id, call, rewrite, way.imports)


def _rewritten(call: cst.Call, given: dict[str, cst.Arg], relax: cst.BaseExpression, tensor: str) -> cst.Call:
    """The call of ``relax.Var``: what said the shape and element type gives its place to one type."""
    kept = [_positional(given["name_hint"])] if "name_hint" in given else []
    new = _type(given, attribute(relax, tensor))
    if new is not None:
        place = given.get("type_annotation") or given["shape"]
        kept.append(_positional(place).with_changes(value=new))
    if "span" in given:
        kept.append(given["span"].with_changes(keyword=cst.Name("span"), equal=_EQUAL))
    if kept:
        last = call.args[-1]
        kept[-1] = kept[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return call.with_changes(func=attribute(relax, "Var"), args=kept)


_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _positional(argument: cst.Arg) -> cst.Arg:
    return argument.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT)


def _type(given: dict[str, cst.Arg], tensor: cst.BaseExpression) -> cst.BaseExpression | None:
    dtype = given["dtype"].value if "dtype" in given else cst.SimpleString('"float32"')
    if "shape" in given:
        return _call(tensor, given["shape"].value, dtype)
    annotation = given["type_annotation"].value if "type_annotation" in given else None
    if annotation is None:
        return None
    if isinstance(annotation, cst.SimpleString):
        return _call(tensor, cst.Tuple([]), annotation)
    return annotation


def _call(function: cst.BaseExpression, *values: cst.BaseExpression) -> cst.Call:
    return cst.Call(function, [cst.Arg(value) for value in values])


RULE = Variables()
