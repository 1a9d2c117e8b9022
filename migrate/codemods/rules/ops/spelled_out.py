"""Calls of operators that Relax spells out with other operators, or with other ways to say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.api import api
from migrate.codemods.arguments import bind
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a call: ``text`` with the arguments in braces, ``{op}`` for relax.op, ``{type}`` for the word.

    ``when``: parameters and the texts of the values that this form is for. ``note``: what a person should look at.
    """

    text: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    note: str = ""


_TRUE, _FALSE, _NONE = ("True", "1"), ("False", "0"), ("None",)
_NO_DTYPE = ('""', "''")


def _matmul(a: bool, b: bool) -> _Form:
    left = "{op}.permute_dims({tensor_a})" if a else "{tensor_a}"
    right = "{op}.permute_dims({tensor_b})" if b else "{tensor_b}"
    when = {"transpose_a": _TRUE if a else _FALSE, "transpose_b": _TRUE if b else _FALSE, "out_dtype": _NO_DTYPE}
    return _Form(f"{{op}}.matmul({left}, {right})", when)


_FORMS: dict[str, tuple[_Form, ...]] = {
    "copy": (_Form("{data}"),),
    "nn.matmul": tuple(_matmul(a, b) for a in (False, True) for b in (False, True)),
    "shape_of": (_Form("{op}.astype({op}.shape_to_tensor({op}.shape_of({data})), {dtype})"),),
    "reshape_like": (
        _Form(
            "{op}.reshape({data}, {op}.shape_of({shape_like}))",
            {"lhs_begin": _FALSE, "lhs_end": _NONE, "rhs_begin": _FALSE, "rhs_end": _NONE},
        ),
    ),
    "broadcast_to_like": (_Form("{op}.broadcast_to({data}, {op}.shape_of({broadcast_type}))"),),
    "cast_like": (_Form("{op}.astype({data}, {dtype_like}.{type}.dtype)"),),
    "invert_permutation": (_Form("{op}.argsort({data})"),),
    "strided_slice": (
        _Form(
            "{op}.strided_slice({data}, {axes}, {begin}, {end})",
            {"slice_mode": ('"end"', "'end'"), "strides": _NONE},
        ),
        _Form("{op}.strided_slice({data}, {axes}, {begin}, {end}, {strides})", {"slice_mode": ('"end"', "'end'")}),
    ),
    "trilu": (
        _Form("{op}.triu({data}, {k})", {"upper": _TRUE}),
        _Form("{op}.tril({data}, {k})", {"upper": _FALSE}),
        _Form("({op}.triu if {upper} else {op}.tril)({data}, {k})"),
    ),
    "annotation.stop_fusion": (_Form("{data}", note="nothing in Relax stops fusion at an expression"),),
}
NAMES = frozenset(f"tvm.relay.{name}" for name in _FORMS)
"""Relay's functions that this rule is about."""


class SpelledOut(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.spelled_out"
    title: ClassVar[str] = "strided_slice, matmul and others, spelled out as Relax has them"
    explanation: ClassVar[str] = (
        "strided_slice lists its axes first. matmul never transposes. Shapes are values of their own: shape_of turns"
        " into a tensor through shape_to_tensor, reshape_like takes the shape of the other operand. A copy is the"
        " expression itself."
    )
    facts: ClassVar[str] = "the signatures of tvm.relay in TVM 0.19 and of tvm.relax.op in TVM 0.21 and 0.27; op cards"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay

part = relay.strided_slice(x, begin=[0, 1], end=[4, 5])
rest = relay.strided_slice(x, begin, stop, strides=[1], axes=[2])
prod = relay.nn.matmul(x, y, transpose_b=True)
half = relay.trilu(x, 1), relay.trilu(x, k=0, upper=False), relay.trilu(x, n, upper=flag)
same = relay.copy(relay.reshape_like(x, y))
""",
            """from tvm import relax

part = relax.op.strided_slice(x, [0, 1], [0, 1], [4, 5])
rest = relax.op.strided_slice(x, [2], begin, stop, [1])
prod = relax.op.matmul(x, relax.op.permute_dims(y))
half = relax.op.triu(x, 1), relax.op.tril(x, 0), (relax.op.triu if flag else relax.op.tril)(x, n)
same = relax.op.reshape(x, relax.op.shape_of(y))
""",
        ),
        Example(
            """from tvm import relay

part = relay.strided_slice(x, starts, stops)
""",
            """from tvm import relax

part = relax.op.strided_slice(x, list(range(len(starts))), starts, stops)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\ny = relax.op.strided_slice(x, [0], [1], [2])\n",
        "def copy(a):\n    return a\n\n\ncopy(1)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nsame = relay.copy\n", "used as a value"),
        Refused(
            "from tvm import relay\n\n\ndef f(x, a, b):\n    a = relay.concatenate(a, 0)\n"
            "    return relay.strided_slice(x, a, b)\n",
            "begin may be an expression",
        ),
        Refused('from tvm import relay\n\ny = relay.strided_slice(x, a, b, slice_mode="size")\n', "slice_mode"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(name.rpartition(".")[2] in text for name in _FORMS)

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for name in sorted(NAMES & file.uses.keys()):
            for use in file.uses[name]:
                yield self.plan_use(file, use, target)

    def plan_use(self, file: SourceFile, use: Use, target: Target) -> Planned:
        """What becomes of one use of these; its call need not be of the name itself."""
        call = use.call
        if call is None:
            return self.refuse(file, use.node, "the function is used as a value, not called", "wrap it in a function")
        parameters = api("0.19").parameters[use.name]
        defaults = {name: text.replace("'", '"') for name, text in (item.partition("=")[::2] for item in parameters)}
        bound = bind(call, list(defaults))
        if isinstance(bound, str):
            return self.refuse(file, call, bound)
        missing = [name for name, default in defaults.items() if not default and name not in bound]
        if missing:
            return self.refuse(file, call, f"{missing[0]} is missing")
        texts = {name: _code(bound[name].value) if name in bound else default for name, default in defaults.items()}
        form = next((form for form in _FORMS[use.name.removeprefix("tvm.relay.")] if _fits(form, texts)), None)
        if form is None:
            odd = ", ".join(f"{name}={texts[name]}" for name in defaults if name in bound and bound[name].keyword)
            return self.refuse(file, call, f"no form in Relax for {odd or _code(call)}")
        begin = bound.get("begin")
        if begin is not None and texts.get("axes") == "None" and _may_be_tensor(file, begin.value):
            reason = "begin may be an expression, which does not tell how many axes it is of"
            return self.refuse(file, call, reason, "relax.op.dynamic_strided_slice takes tensors")
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)
        order = list(bound)
        op = _code(attribute(way.expression, "op"))

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            values = {**defaults, "op": op, "type": target.word("type")}
            values |= {name: _inner(item.value) for name, item in zip(order, node.args, strict=True)}
            if values.get("axes") == "None" and "begin" in values:
                values["axes"] = _all_axes(values["begin"])
            new = cst.parse_expression(form.text.format_map(values))
            return new.with_changes(lpar=[*node.lpar, *new.lpar], rpar=[*new.rpar, *node.rpar])

        return Edit(self.id, call, rewrite, way.imports, form.note)


def _may_be_tensor(file: SourceFile, begin: cst.BaseExpression) -> bool:
    """Whether a value is a call of an operator, or a variable that one is assigned to."""
    values = [begin]
    function = file.around(begin, cst.FunctionDef)
    if isinstance(begin, cst.Name) and function is not None:
        same = m.Assign(targets=[m.AssignTarget(m.Name(begin.value))])
        values = [item.value for item in m.findall(function, same) if isinstance(item, cst.Assign)]
    names = [file.name_of(value.func) for value in values if isinstance(value, cst.Call)]
    return any(name.startswith("tvm.relay.") for name in names)


def _fits(form: _Form, texts: Mapping[str, str]) -> bool:
    return all(texts[name] in allowed for name, allowed in form.when.items())


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _inner(value: cst.BaseExpression) -> str:
    """The text of an argument that may stand anywhere: in parentheses where it would fall apart."""
    text = _code(value)
    simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.List, cst.Tuple, cst.BaseNumber))
    return text if simple or value.lpar or isinstance(value, (cst.SimpleString, cst.UnaryOperation)) else f"({text})"


def _all_axes(begin: str) -> str:
    found = cst.parse_expression(begin)
    if isinstance(found, (cst.List, cst.Tuple)):
        return str(list(range(len(found.elements))))
    return f"list(range(len({begin})))"


RULE = SpelledOut()
