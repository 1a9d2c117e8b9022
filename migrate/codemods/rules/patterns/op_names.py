"""``is_op("nn.relu")``: the operator's name, and the operands that a Relax call of it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import libcst as cst

from migrate.codemods.dataflow import (
    NEW_MODULE,
    OLD_MODULE,
    is_op_call,
    makes_pattern,
    op_text,
    patterns_of,
    quoted_like,
    simple,
)
from migrate.codemods.imports import Import, Way, way_to
from migrate.codemods.names import SourceFile, dotted
from migrate.codemods.op_names import op_name
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target
from tensor_core.ops.card import Carrier
from tensor_core.ops.registry import registry

_RANKS = {"nn.dense": 2, "nn.matmul": 2, "nn.batch_matmul": 3}
"""Operators that are relax.matmul, and of how many axes their second operand is."""
_NOTES = {
    "nn.dense": "",
    "nn.matmul": "what transpose_a and transpose_b did is a relax.permute_dims around an operand",
    "nn.batch_matmul": "the second operand is matched behind a relax.permute_dims, where converted modules have it",
}
_MEAN = {"nn.global_avg_pool2d": "mean", "nn.global_avg_pool1d": "mean", "nn.global_avg_pool3d": "mean"}


class PatternOps(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.op_names"
    title: ClassVar[str] = "Patterns of operators name Relax operators and match their operands"
    explanation: ClassVar[str] = (
        "Operators are called relax.* and some are named otherwise. Where Relax passes as operands what Relay holds in"
        " attributes (the shape of reshape, the bounds of clip), the pattern takes any further operands. A dense is"
        " matched as the matmul with a permute_dims that converted modules hold, a bias_add as an add whose bias may be"
        " reshaped to broadcast. Where patterns of a file tell apart what is all matmul (dense, matmul, batch_matmul),"
        " the rank of the second operand does. What the target has no operator for is matched by nothing."
    )
    facts: ClassVar[str] = (
        "op cards (recorded from TVM 0.19 and 0.27); CallPattern's varg_default_wildcard in TVM 0.21 and 0.27"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op, wildcard

x = wildcard()
relu = is_op("nn.relu")(is_op('cast')(x))
flat = is_op("reshape")(relu)
padded = is_op("nn.pad")(flat, wildcard())
""",
            """from tvm.relax.dpl import is_op, wildcard

x = wildcard()
relu = is_op("relax.nn.relu")(is_op('relax.astype')(x))
flat = is_op("relax.reshape")(relu, varg_default_wildcard=True)
padded = is_op("relax.nn.pad")(flat)
""",
        ),
        Example(
            """from tvm.relax.dpl import is_op, wildcard, is_const

w, b = wildcard(), is_const()
dense = is_op("nn.dense")(wildcard(), w)
bias = is_op("nn.bias_add")(dense, b)
""",
            """from tvm.relax.dpl import is_op, wildcard, is_const

w, b = wildcard(), is_const()
dense = is_op("relax.matmul")(wildcard(), is_op("relax.permute_dims")(w))
bias = is_op("relax.add")(dense, is_op("relax.reshape")(b, varg_default_wildcard=True) | b)
""",
        ),
        Example(
            """from tvm import relax
from tvm.relax.dpl import is_op, wildcard

x, w = wildcard(), wildcard()
dense = is_op("nn.dense")(x, w)
product = is_op("nn.matmul")(x, w)
""",
            """from tvm import relax
from tvm.relax.dpl import is_op, wildcard

x, w = wildcard(), wildcard()
dense = is_op("relax.matmul")(x, is_op("relax.permute_dims")(w).has_ty(relax.TensorType(dtype="", ndim=2)))
product = is_op("relax.matmul")(x, w.has_ty(relax.TensorType(dtype="", ndim=2)))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.relax.dpl import wildcard\n\np = (~wildcard())(wildcard())\n",
        'from tvm.relax.dpl import is_op\n\np = is_op("relax.add")\n',
        'from mine.dataflow_pattern import is_op\n\np = is_op("nn.relu")\n',
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused('from tvm.relax.dpl import is_op\n\np = is_op("nn.my_own")\n', "no operator of TVM"),
        Refused(
            "from tvm.relay.dataflow_pattern import is_op\n\n\ndef f(name):\n    return is_op(name)\n", "at run time"
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "is_op" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for call in file.calls:
            if is_op_call(file, call):
                yield from self._plan_call(file, call, target)

    def _plan_call(self, file: SourceFile, call: cst.Call, target: Target) -> Iterator[Planned]:
        name = op_text(call)
        if name is None:
            if file.name_of(call.func).startswith(OLD_MODULE) and not _is_relax(call):
                hint = 'names of operators begin with "relax." now'
                yield self.refuse(file, call.args[0] if call.args else call, "the operator is known at run time", hint)
            return
        if name.startswith("relax."):
            return
        new = op_name(name, target)
        if new is None:
            hint = "register it with Relax, and give the name it has there"
            yield self.refuse(file, call.args[0], f"{name} is no operator of TVM's", hint)
            return
        if name in _MEAN:
            new = type(new)(f"relax.{_MEAN[name]}")
        if not new.name:
            hint = "match what it is made of in converted modules, or the call_tir of it"
            yield self.refuse(file, call.args[0], new.note, hint)
            yield from self._nothing(file, call)
            return
        around = file.parent(call)
        if isinstance(around, cst.Call) and around.func is call:
            yield self._with_arguments(file, around, name, new.name, new.note, target)
        else:
            yield Edit(self.id, call.args[0], _renamed(new.name), note=new.note)

    def _nothing(self, file: SourceFile, call: cst.Call) -> Iterator[Planned]:
        """A pattern that matches nothing instead of one that TVM refuses to make, so that the others can be used."""
        use = file.use_of(call.func)
        way = way_to(file, use, f"{NEW_MODULE}.wildcard") if use is not None else None
        if isinstance(way, Way):
            never = cst.UnaryOperation(cst.BitInvert(), cst.Call(way.expression), [cst.LeftParen()], [cst.RightParen()])
            yield Edit(self.id, call, lambda _: never, way.imports)

    def _with_arguments(
        self, file: SourceFile, call: cst.Call, relay: str, new: str, note: str, target: Target
    ) -> Edit:
        maker = call.func
        assert isinstance(maker, cst.Call)
        plain = all(not arg.star and arg.keyword is None for arg in call.args)
        if plain and len(call.args) == 2 and relay in _RANKS:
            said = _NOTES[relay]
            rank, imports = _ranked(file, maker, _RANKS[relay], target) if _mixed(file) else (None, ())
            behind = relay != "nn.matmul"
            return Edit(self.id, call, lambda node: _matmul(node, new, rank, behind=behind), imports, note=said)
        if plain and len(call.args) == 2 and relay == "nn.bias_add":
            bias = call.args[1].value
            if simple(bias) or makes_pattern(file, bias):
                return Edit(self.id, call, lambda node: _bias_add(node, new))
        card = registry().by_relay[relay]
        spelling = card.relax_for(target.release)
        if spelling is None or not plain:
            return Edit(self.id, maker.args[0], _renamed(new), note=note)
        inputs = [item.name for item in card.inputs]
        tensors = [item.name for item in spelling.operands if item.carrier in (Carrier.TENSOR, Carrier.NUMBER)]
        order = [inputs.index(name) for name in tensors if name in inputs]
        lost = [arg for index, arg in enumerate(call.args) if index not in order and index < len(inputs)]
        named = [arg for arg in lost if not _is_wildcard(file, arg.value)]
        leading = [item.name for item in spelling.operands[: len(tensors)]] == tensors
        if not leading or order != sorted(order):
            said = f"{new} takes {', '.join(item.name for item in spelling.operands)} in this order"
            return Edit(self.id, maker.args[0], _renamed(new), note=said)
        more = len(spelling.operands) > len(tensors)
        said = f"{', '.join(inputs[call.args.index(arg)] for arg in named)} is an attribute now" if named else ""
        if not lost and not more:
            return Edit(self.id, maker.args[0], _renamed(new))
        kept = [index for index, arg in enumerate(call.args) if arg not in lost]
        return Edit(self.id, call, lambda node: _operands(node, new, kept, more=more), note=said)


def _is_relax(call: cst.Call) -> bool:
    value = call.args[0].value if call.args else None
    return isinstance(value, cst.FormattedString) and "relax." in str(value.parts[:1])


def _is_wildcard(file: SourceFile, node: cst.BaseExpression) -> bool:
    patterns = patterns_of(file)
    return makes_pattern(file, node) and patterns.is_pattern(node)


def _renamed(new: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def rewrite(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.Arg)
        return node.with_changes(value=quoted_like(node.value, new))

    return rewrite


def _named(node: cst.CSTNode, new: str) -> cst.Call:
    assert isinstance(node, cst.Call)
    argument = node.args[0]
    return node.with_changes(args=[argument.with_changes(value=quoted_like(argument.value, new))])


def _parts(node: cst.CSTNode) -> tuple[cst.Call, cst.Call]:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Call)
    return node, node.func


def _operands(node: cst.CSTNode, new: str, kept: Sequence[int], *, more: bool) -> cst.Call:
    call, maker = _parts(node)
    args = [call.args[index] for index in kept]
    if more:
        args = [*(arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in args), _any_more()]
    elif args:
        args[-1] = args[-1].with_changes(comma=call.args[-1].comma)
    return call.with_changes(func=_named(maker, new), args=args)


def _any_more() -> cst.Arg:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.Name("True"), cst.Name("varg_default_wildcard"), equal=equal)


def _mixed(file: SourceFile) -> bool:
    """Whether patterns of a file tell products apart that are all relax.matmul."""
    named = {op_text(call) for call in file.calls if is_op_call(file, call)}
    return len(named & _RANKS.keys()) > 1


def _ranked(
    file: SourceFile, maker: cst.Call, rank: int, target: Target
) -> tuple[tuple[str, cst.Arg] | None, tuple[Import, ...]]:
    """The method that asks for a type, and a type of so many axes, with imports; None where the file cannot say it."""
    use = file.use_of(maker.func)
    way = way_to(file, use, "tvm.relax") if use is not None else None
    if not isinstance(way, Way):
        return None, ()
    text = f'{dotted(way.expression)}.{target.word("TensorType")}(dtype="", ndim={rank})'
    return (target.word("has_type"), cst.Arg(cst.parse_expression(text))), way.imports


def _matmul(node: cst.CSTNode, new: str, rank: tuple[str, cst.Arg] | None, *, behind: bool) -> cst.Call:
    call, maker = _parts(node)
    weight = call.args[1].value
    if behind:
        weight = cst.Call(_named(maker, "relax.permute_dims"), [cst.Arg(weight)])
    if rank is not None and isinstance(weight, (cst.Name, cst.Attribute, cst.Call)):
        method, kind = rank
        weight = cst.Call(cst.Attribute(weight, cst.Name(method)), [kind])
    second = call.args[1].with_changes(value=weight)
    return call.with_changes(func=_named(maker, new), args=[call.args[0], second])


def _bias_add(node: cst.CSTNode, new: str) -> cst.Call:
    call, maker = _parts(node)
    bias = call.args[1].value
    reshaped = cst.Call(_named(maker, "relax.reshape"), [cst.Arg(bias), _any_more()])
    either = cst.BinaryOperation(reshaped, cst.BitOr(), bias)
    second = call.args[1].with_changes(value=either)
    return call.with_changes(func=_named(maker, new), args=[call.args[0], second])


RULE = PatternOps()
