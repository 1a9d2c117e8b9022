"""How calls of Relay's operators are written in Relax: one row an operator.

A row says what the parameters of both Python functions have to do with each other; where both have a parameter of the
same name, nothing needs to be said. Signatures are those that were recorded from TVM (:mod:`migrate.codemods.api`), so
that a default that differs in a target is written out there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from migrate.codemods.arguments import with_arguments
from migrate.codemods.op_names import op_name
from migrate.codemods.target import Target


class Unfit(Exception):
    """Raised with the reason why one call cannot be written in Relax."""


Value = Callable[[cst.BaseExpression], cst.BaseExpression]
"""How the value of an argument is written in Relax; raises :class:`Unfit`."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What becomes of one argument: its keyword in the new call (empty: by position), None where it goes."""

    keyword: str | None
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The arguments of the call in the order written, those to add, and what a person should look at."""

    slots: Sequence[Slot]
    added: Sequence[tuple[str, str]]
    note: str
    around: str


@dataclass(frozen=True, slots=True)
class OpCall:
    """One operator. ``relax``: the function below ``tvm.relax.op``.

    ``lead``: so many leading parameters correspond by position, whatever their names. ``renamed``: others by name.
    ``gone``: parameters that repeat what types say. ``only``: parameters that go, and the values that allow it.
    ``values``: how arguments are written. ``fixed``: arguments that the call needs in Relax, unless it gives them.
    ``around``: what stands around the new call, "{call}" in it, "{op}" for ``relax.op``. ``note``: what to look at.
    """

    relax: str
    lead: int = 1
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    gone: frozenset[str] = frozenset()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    around: str = ""
    note: str = ""

    def alike(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether the functions can stand for each other where they are passed on as values."""
        changed = self.around or self.fixed or self.values or self.note
        same = [self.new_name(index, name, new) for index, name in enumerate(map(_name, old))]
        return not changed and same == [_name(item) for item in new[: len(old)]]

    def plan(self, bound: Mapping[str, cst.Arg], old: Sequence[str], new: Sequence[str]) -> CallPlan:
        """The plan for a call with these arguments. Raises :class:`Unfit`."""
        names = [_name(item) for item in new]
        slots = self._slots(bound, [_name(item) for item in old], names)
        given = {self.new_name(old_index, name, new) for old_index, name in enumerate(map(_name, old)) if name in bound}
        added = {name: text for name, text in self.fixed.items() if name in names and name not in given}
        for index, item in enumerate(old):
            name, _, default = item.partition("=")
            there = self.new_name(index, name, new)
            if name in bound or there is None or there in added or not default:
                continue
            if there in names and not _same(default, new[names.index(there)].partition("=")[2]):
                added[there] = self._default(name, default)
        return CallPlan(slots, sorted(added.items(), key=lambda item: names.index(item[0])), self.note, self.around)

    def _slots(self, bound: Mapping[str, cst.Arg], old: Sequence[str], new: Sequence[str]) -> list[Slot]:
        slots: list[Slot] = []
        in_order = True
        for position, (name, argument) in enumerate(bound.items()):
            there = self.new_name(old.index(name), name, new)
            code = _code(argument.value)
            if there is None or (name in EMPTY_MEANS_NONE and code in ('""', "''")):
                if name in self.only and code not in self.only[name]:
                    raise Unfit(f"{name}={code} has no counterpart in relax.op.{self.relax}")
                slots.append(Slot(None))
                in_order = in_order and argument.keyword is not None
                continue
            if there not in new:
                raise Unfit(f"relax.op.{self.relax} has no parameter for {name}")
            value = self.values.get(name)
            if value is not None:
                value(argument.value)
            in_order = in_order and argument.keyword is None and new[position] == there
            slots.append(Slot("" if in_order else there, value))
        return slots

    def new_name(self, index: int, name: str, new: Sequence[str]) -> str | None:
        """The Relax name of a parameter; None for one that goes."""
        if name in self.gone or name in self.only:
            return None
        if name in self.renamed:
            return self.renamed[name]
        return _name(new[index]) if index < self.lead and index < len(new) else name

    def _default(self, name: str, default: str) -> str:
        value = self.values.get(name)
        text = default if value is None else _code(value(cst.parse_expression(default)))
        return text.replace("'", '"')


EMPTY_MEANS_NONE = {"out_dtype", "out_layout", "dtype"}
"""Parameters whose empty string is None in Relax."""


def rewritten(
    call: cst.Call, plan: CallPlan, function: cst.BaseExpression, op: cst.BaseExpression
) -> cst.BaseExpression:
    """The call as planned."""
    kept = [_argument(argument, slot) for argument, slot in zip(call.args, plan.slots, strict=True)]
    new = with_arguments(call, kept)
    args = list(new.args)
    for keyword, text in plan.added:
        args.append(cst.Arg(cst.parse_expression(text), cst.Name(keyword), equal=_EQUAL))
    trailing = new.args[-1].comma if plan.added and new.args else None
    if trailing is not None and isinstance(trailing, cst.Comma):
        # The added ones stand on a line of their own where the arguments do.
        space = trailing.whitespace_after
        args[-1] = args[-1].with_changes(comma=cst.Comma(whitespace_after=space))
        if isinstance(space, cst.ParenthesizedWhitespace):
            inner = call.whitespace_before_args
            args[len(new.args) - 1] = new.args[-1].with_changes(comma=cst.Comma(whitespace_after=inner))
    new = new.with_changes(func=function, args=args)
    if not plan.around:
        return new
    bare = new.with_changes(lpar=[], rpar=[])
    around = cst.parse_expression(plan.around.format(call="_call_", op=_code(op)))
    placed = around.visit(_Placed(bare))
    assert isinstance(placed, cst.BaseExpression)
    return placed.with_changes(lpar=call.lpar, rpar=call.rpar)


class _Placed(cst.CSTTransformer):
    def __init__(self, call: cst.Call) -> None:
        super().__init__()
        self._call = call

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._call if original_node.value == "_call_" else updated_node


_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _argument(argument: cst.Arg, slot: Slot) -> cst.Arg | None:
    if slot.keyword is None:
        return None
    value = argument.value if slot.value is None else slot.value(argument.value)
    if not slot.keyword:
        return argument.with_changes(value=value)
    equal = argument.equal if argument.keyword is not None else _EQUAL
    return argument.with_changes(value=value, keyword=cst.Name(slot.keyword), equal=equal)


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _code(value: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(value)


def _same(old: str, new: str) -> bool:
    """Whether two defaults mean the same: ``(1,)`` is ``1``, no layout is the empty one."""
    return old == new or (bool(new) and _plain(old) == _plain(new))


def _plain(text: str) -> str:
    """A default without what does not matter: a tuple of equal elements is its element, empty and False are None."""
    parts = [part.strip() for part in text.strip("()").split(",") if part.strip()]
    if text.startswith("(") and parts and all(part == parts[0] for part in parts):
        return parts[0]
    return "None" if text in ("''", '""', "False") else text.removesuffix(".0")


# ---- values


def negated(value: cst.BaseExpression) -> cst.BaseExpression:
    """The opposite of a flag."""
    code = _code(value)
    if code in ("True", "1"):
        return cst.Name("False")
    if code in ("False", "0"):
        return cst.Name("True")
    inner = (
        value
        if isinstance(value, (cst.Name, cst.Attribute, cst.Call))
        else value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    )
    return cst.UnaryOperation(cst.Not(), inner)


def _shape(value: cst.BaseExpression) -> cst.BaseExpression:
    """A shape without Relay's special values below -1."""
    items = value.elements if isinstance(value, (cst.List, cst.Tuple)) else ()
    for item in items:
        if isinstance(item.value, cst.UnaryOperation) and _code(item.value).replace(" ", "") in ("-2", "-3", "-4"):
            raise Unfit(f"Relax has no shape value {_code(item.value)}: write the sizes, or compute them from the type")
    return value


def pairs(value: cst.BaseExpression) -> cst.BaseExpression:
    """Pairs of paddings as one flat list."""
    if isinstance(value, (cst.List, cst.Tuple)) and all(
        isinstance(item.value, (cst.List, cst.Tuple)) for item in value.elements
    ):
        pairs = [item.value for item in value.elements]
        flat = [cst.Element(side.value) for pair in pairs for side in getattr(pair, "elements", ())]
        return cst.List(flat)
    return cst.parse_expression(f"[side for pair in {_code(value)} for side in pair]")


def _pad_mode(value: cst.BaseExpression) -> cst.BaseExpression:
    return cst.SimpleString('"replicate"') if _code(value) in ('"edge"', "'edge'") else value


# ---- the rows

_NO_EXCLUDE = {"exclude": ("False", "0")}
_CONV = frozenset({"channels", "kernel_size"})
_UNARY = (
    "abs acos acosh asin asinh atan atanh bitwise_not ceil cos cosh erf exp floor isfinite isinf isnan log logical_not"
    " negative ones_like rsqrt sigmoid sign sin sinh sqrt squeeze tan tanh trunc zeros_like nn.relu nn.softmax"
    " nn.log_softmax nn.batch_flatten repeat stack"
)
_BINARY = (
    "add subtract multiply divide power mod floor_divide floor_mod maximum minimum equal not_equal less less_equal"
    " greater greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift"
    " right_shift collapse_sum_like broadcast_to full_like collapse_sum_to nn.cross_entropy_with_logits meshgrid"
)

_ROWS: dict[str, OpCall] = {
    **{name: OpCall(name) for name in _UNARY.split()},
    **{name: OpCall(name, lead=2) for name in _BINARY.split()},
    "cast": OpCall("astype"),
    "round": OpCall("round", note="halves are rounded away from zero in Relay, to even in Relax since TVM 0.24"),
    "transpose": OpCall("permute_dims"),
    "concatenate": OpCall("concat"),
    "reverse": OpCall("flip"),
    "tile": OpCall("tile", lead=2),
    "clip": OpCall("clip", lead=3),
    "where": OpCall("where", lead=3),
    "reshape": OpCall("reshape", lead=2, only={"allowzero": ("False", "0")}, values={"newshape": _shape}),
    "split": OpCall("split"),
    "expand_dims": OpCall("expand_dims", only={"num_newaxis": ("1",)}),
    "zeros": OpCall("zeros"),
    "ones": OpCall("ones"),
    "full": OpCall("full", lead=0),
    "gather": OpCall("gather_elements"),
    "scatter_elements": OpCall("scatter_elements", lead=3),
    "take": OpCall("take", only={"batch_dims": ("0",)}),
    "einsum": OpCall("einsum", lead=2),
    "cumsum": OpCall("cumsum"),
    "cumprod": OpCall("cumprod"),
    "arange": OpCall("arange", renamed={"stop": "end"}),
    "argsort": OpCall("argsort", renamed={"is_ascend": "descending"}, values={"is_ascend": negated}),
    "sort": OpCall("sort", renamed={"is_ascend": "descending"}, values={"is_ascend": negated}),
    "topk": OpCall("topk", renamed={"is_ascend": "largest"}, values={"is_ascend": negated}),
    **{name: OpCall(name, only=_NO_EXCLUDE) for name in ("sum", "max", "min", "mean", "prod")},
    **{
        name: OpCall(
            name,
            only={**_NO_EXCLUDE, "select_last_index": ("False", "0")},
            around='{op}.astype({call}, "int32")',
        )
        for name in ("argmax", "argmin")
    },
    **{
        name: OpCall(name, only={**_NO_EXCLUDE, "unbiased": ("False", "0"), "with_mean": ("None",)})
        for name in ("variance", "std")
    },
    **{f"nn.conv{n}d": OpCall(f"nn.conv{n}d", gone=_CONV) for n in (1, 2, 3)},
    **{f"nn.conv{n}d_transpose": OpCall(f"nn.conv{n}d_transpose", gone=_CONV) for n in (1, 2, 3)},
    **{f"nn.{kind}_pool{n}d": OpCall(f"nn.{kind}_pool{n}d") for kind in ("max", "avg") for n in (1, 2, 3)},
    **{f"nn.adaptive_avg_pool{n}d": OpCall(f"nn.adaptive_avg_pool{n}d") for n in (1, 2, 3)},
    "nn.fast_softmax": OpCall("nn.softmax"),
    "nn.leaky_relu": OpCall("nn.leakyrelu"),
    "nn.prelu": OpCall("nn.prelu", lead=2),
    "nn.dropout": OpCall("nn.dropout", around="{call}[0]"),
    "nn.dense": OpCall("linear", lead=2, gone=frozenset({"units"})),
    "nn.batch_norm": OpCall("nn.batch_norm", fixed={"training": "False"}),
    "nn.layer_norm": OpCall("nn.layer_norm", renamed={"axis": "axes"}),
    "nn.nll_loss": OpCall("nn.nll_loss"),
    "nn.pad": OpCall("nn.pad", values={"pad_width": pairs, "pad_mode": _pad_mode}),
    "nn.global_avg_pool2d": OpCall(
        "mean",
        only={"layout": ('"NCHW"', "'NCHW'"), "out_layout": ('""', "''")},
        fixed={"axis": "[2, 3]", "keepdims": "True"},
    ),
    "nn.global_max_pool2d": OpCall(
        "max",
        only={"layout": ('"NCHW"', "'NCHW'"), "out_layout": ('""', "''")},
        fixed={"axis": "[2, 3]", "keepdims": "True"},
    ),
    "image.resize2d": OpCall("image.resize2d", lead=2),
    "image.resize3d": OpCall("image.resize3d", lead=2),
    "image.grid_sample": OpCall("image.grid_sample", lead=2),
    "one_hot": OpCall(
        "one_hot",
        gone=frozenset({"dtype"}),
        note="on_value and off_value are relax.PrimValue (tirx expressions since TVM 0.26) of the element type",
    ),
    "qnn.quantize": OpCall(
        "quantize",
        lead=3,
        note="relax.quantize rounds halves to even since TVM 0.24, and takes a zero point of the stored type",
    ),
    "qnn.dequantize": OpCall("dequantize", lead=3, note="the zero point is of the stored type"),
}

CALLS: Mapping[str, OpCall] = {f"tvm.relay.{name}": row for name, row in _ROWS.items()}
"""By the shortest name of Relay's function in TVM 0.19."""

_OTHERS = (
    "adv_index annotation.stop_fusion broadcast_to_like cast_like copy invert_permutation nn.batch_matmul nn.bias_add"
    " nn.matmul reshape_like shape_of strided_slice trilu"
)
WITH_RULES = frozenset(f"tvm.relay.{name}" for name in _OTHERS.split())
"""Functions that rules of their own are about."""

_ADVICE = {
    "nn.lrn": "write it with relax.op.nn.avg_pool3d over the channels, as converted modules have it",
    "nn.l2_normalize": "write x / sqrt(maximum(sum(x * x, axis, keepdims=True), eps))",
    "nn.upsampling": "use relax.op.image.resize2d with the size written out",
    "nn.upsampling3d": "use relax.op.image.resize3d with the size written out",
    "layout_transform": "relax.op.layout_transform takes an index map; or write reshape and permute_dims",
    "nn.mirror_pad": 'use relax.op.nn.pad(pad_mode="reflect") for REFLECT',
    "gather_nd": "indices have their tuple last in Relax: permute_dims first, then relax.op.gather_nd",
    "scatter_nd": "indices have their tuple last in Relax: permute_dims first, then relax.op.scatter_nd",
    "log2": "write divide(log(x), log(2))",
    "log10": "write divide(log(x), log(10))",
    "strided_set": "use relax.op.slice_scatter, one axis at a time",
    "argwhere": "use relax.op.nonzero, whose result is the transpose, in int64",
    "nn.group_norm": "relax.op.nn.group_norm takes channel_axis and the axes after it",
    "nn.instance_norm": "relax.op.nn.instance_norm takes channel_axis and the axes after it",
}


def advice(name: str, target: Target) -> str | None:
    """What to do about a function of Relay's that makes calls of an operator without row; None for other names."""
    if not name.startswith("tvm.relay.") or name in WITH_RULES:
        return None
    op = name.removeprefix("tvm.relay.")
    found = op_name(op, target)
    if found is None:
        return None
    hint = _ADVICE.get(op)
    if op.startswith("qnn."):
        hint = (
            "bring quantized models to core operators first (qnn.transform.CanonicalizeOps), or use quantize/dequantize"
        )
    if found.name:
        return f"calls of {op} become {found.name}, with other arguments: {hint or found.note or 'see the mapping'}"
    return f"{found.note}; {hint}" if hint else found.note
