"""FoldExplicitPadding: ``nn.pad`` before a convolution or a pooling becomes its own padding.

Relay's pass of this name, on Relax, where TVM has none. Only where the meaning stays: space alone is padded, a
convolution and a mean with zeros, a maximum with the lowest finite number. A mean that leaves padding out counts it
from then on, which is right where it had none of its own. A pooling whose last windows may reach over the edge stays:
which windows it has hangs on its own padding, and in a mean such windows count what they reach, not what was padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.dpl import is_op, wildcard
from relax_core.dpl.rewriters import Matched
from relax_core.ir.expr import Call, Expr
from relax_core.passes.simplifications.rule import Made, Rule, Say, applied, attrs, dtype_of
from tensor_core import dtypes
from tensor_core.attrs import Attrs
from tensor_core.ops.layout import spatial_padding
from tensor_core.passes import ModulePass, Pass, PassInfo


def FoldExplicitPadding() -> Pass:
    """The pass."""
    return folding(RULES)


def folding(rules: Sequence[Rule]) -> Pass:
    """The pass with these rules."""
    return ModulePass(PassInfo(0, "FoldExplicitPadding"), lambda module, _: applied(rules, module))


def _into(kind: str, rank: int) -> Rule:
    name = f"nn.{kind}{rank}d"

    def make(say: Say) -> Made:
        del say
        data = wildcard()
        padded = is_op("relax.nn.pad")(data)
        operands = (padded, wildcard()) if kind == "conv" else (padded,)

        def replace(expr: Expr, found: Matched) -> Expr:
            changes = _changes(expr, found[padded], kind)
            if changes is None or not isinstance(expr, Call) or expr.attrs is None:
                return expr
            changed = Attrs(expr.attrs.type_key, {**expr.attrs, **changes})
            return Call(expr.op, (found[data], *expr.args[1:]), changed, expr.ty_args)

        return is_op(f"relax.{name}")(*operands), replace

    return Rule(name, make)


RULES = tuple(_into(kind, rank) for kind in ("conv", "avg_pool", "max_pool") for rank in (1, 2, 3))


def _changes(taker: Expr, pad: Expr, kind: str) -> dict[str, Any] | None:
    """The attributes of a call that takes what is padded, to pad itself; None where the pad stays."""
    own, given = attrs(taker), attrs(pad)
    # Releases before 0.21 take the number as an operand of the operator's own.
    if given.get("pad_mode") != "constant" or "pad_value" not in given:
        return None
    neutral = dtypes.lowest(dtype_of(taker)) if kind == "max_pool" else 0.0
    ends = list(map(int, given["pad_width"]))
    widths = list(zip(ends[::2], ends[1::2], strict=True))
    space = spatial_padding(widths, own["data_layout" if kind == "conv" else "layout"])
    padding: tuple[int, ...] = tuple(map(int, own["padding"]))
    if given["pad_value"] != neutral or space is None or len(space) != len(padding) or own.get("ceil_mode"):
        return None
    changes: dict[str, Any] = {"padding": tuple(a + b for a, b in zip(space, padding, strict=True))}
    if kind == "avg_pool":
        if any(padding) and not own["count_include_pad"]:
            return None
        changes["count_include_pad"] = True
    return changes
