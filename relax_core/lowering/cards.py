"""Lowering calls of cards: a view, a kernel made now, or the reference with what is known only when it runs."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import Call, PrimValue, VarBinding
from relax_core.ir.types import PrimType, Type
from relax_core.lowering.code import Code
from relax_core.lowering.kernels import run_kernel
from relax_core.lowering.shared import free_sizes, numbers
from relax_core.run_card import run_card
from relax_core.types.operands import Plan, UnknownRank, place_of, rejected
from relax_core.types.plain import plain
from tensor_core import shapes
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import Reject
from tensor_core.program import Register, RunReference, View
from tensor_core.types import TensorType, leaves

_VIEWS = frozenset({"reshape", "expand_dims", "squeeze", "nn.batch_flatten"})
"""Cards whose result holds the elements of their one argument in the same order."""


def lower_card_call(code: Code, found: Plan, call: Call, binding: VarBinding) -> Register:
    """The register with the result of a card's call."""
    card, args = found.card, found.tensor_args(call)
    stated = binding.var.ty if call.ty is None else call.ty
    result = None if stated is None else plain(stated)
    types = [_tensor_type(found, plain(code.known(arg))) for arg in args]
    params = _params(found, call, types)
    if params is not None and result is not None and _is_shaped(result):
        if card.name in _VIEWS and isinstance(result, TensorType) and len(args) == 1:
            out = code.fresh()
            code.add(View(out, code.leaf(args[0]), result.shape, binding))
            return out
        kernel = _made(code, found, params, types)
        if kernel is not None:
            registers = [register for arg in args for register, _ in _arrays(code, found, arg)]
            return run_kernel(code, kernel, registers, result, binding)
    if card.reference is None and card.expand is None and card.lower is None:
        raise code.refuse(f"{card.name} cannot be run: {card.why_silent}", call.span)
    if params is not None and card.lower is None and _is_fixed(params) and not _has_scalars(code, call):
        out = code.fresh()
        code.add(RunReference(card, params, tuple([code.leaf(arg) for arg in args]), out, binding))
        return out

    def compute(values: tuple[Any, ...], host: Any) -> Any:
        return run_card(found, call, values, host.sizes)

    return code.host(card.name, compute, [code.leaf(arg) for arg in call.args], binding, is_reference=True)


def _params(found: Plan, call: Call, types: list[Type]) -> Any:
    """The parameters of a call; None when they are known only when it runs."""
    try:
        params = found.params(call, types)
    except UnknownRank:
        return None
    except Reject as reject:
        if not all(map(_is_shaped, types)):
            return None
        raise rejected(reject, call, found, place_of(reject, found)) from reject
    return None if _is_open(params) else params


def _made(code: Code, found: Plan, params: Any, types: list[Type]) -> PrimFunc | None:
    return code.shared.kernel(found.card, params, types) if all(map(_is_shaped, types)) else None


def _arrays(code: Code, found: Plan, arg: Any) -> list[tuple[Register, Type]]:
    type_ = code.known(arg)
    if isinstance(type_, PrimType) and found.takes_scalars:
        return [(code.array(arg, type_.dtype), type_)]
    return code.flat((arg,))


def _tensor_type(found: Plan, type_: Type) -> Type:
    """A scalar stands for a tensor of rank 0 where an op takes two tensors."""
    return TensorType((), type_.dtype) if isinstance(type_, PrimType) and found.takes_scalars else type_


def _has_scalars(code: Code, call: Call) -> bool:
    return any(isinstance(arg, PrimValue) or isinstance(code.known(arg), PrimType) for arg in call.args)


def _is_shaped(type_: Type) -> bool:
    return all(
        isinstance(leaf, TensorType) and leaf.dtype and not any(isinstance(dim, shapes.AnyDim) for dim in leaf.shape)
        for leaf in leaves(type_)
    )


def _is_open(params: Any) -> bool:
    """Whether parameters hold a dimension that is not known."""
    return any(isinstance(item, shapes.AnyDim) for item in numbers(params))


def _is_fixed(params: Any) -> bool:
    """Whether parameters hold no symbolic dimension."""
    return not any(free_sizes(item) for item in numbers(params))
