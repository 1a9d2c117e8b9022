"""Input values for a function: deterministic in the seed and the parameter names, inside the domains its ops ask for.

A parameter's domain is that of the op argument it reaches, directly or through data movement. Weights are scaled by the
length of the sums they take part in, so that activations of deep networks stay of order one (He et al., Delving deep
into rectifiers, 2015).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import parameters
from migrate.values import Value
from relax_core.ops import call_params, known_type
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node, post_order
from tensor_core.ops.card import Domain, OpCard, Pattern, Rounding
from tensor_core.ops.spelling import relay_params
from tensor_core.prim import AnyDim, PrimExpr, Var
from tensor_core.types import TensorType, TupleType, Type


@dataclass(slots=True)
class Use:
    """What the ops that a parameter reaches ask of its values: a domain, and a scale for weights."""

    domain: Domain
    scale: float = 1.0


def complete_inputs(module: IRModule, known: Sequence[Value | None], entry: str = "main", seed: int = 0) -> list[Value]:
    """Values in parameter order: the known ones, and one drawn for each None. R2R0503 where none can be drawn.

    A size that is open is small: one size for each symbolic variable, one for all that Relay writes as ``?``.
    """
    uses, sizes, any_size = _uses(module, entry), _sizes(module, known, entry), _any_size(module, known, entry, seed)
    return [
        draw(_sized(type_, sizes, any_size), _rng(seed, name), uses.get(n), name) if value is None else value
        for n, ((name, type_), value) in enumerate(zip(parameters(module, entry), known, strict=True))
    ]


def _rng(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def draw(type_: Type | None, rng: np.random.Generator, use: Use | None = None, name: str = "") -> Value:
    """A random value of a static type: reals of order one, integers 0 to 9, inside the domain of ``use``.

    R2R0503 for a dynamic or opaque type.
    """
    if isinstance(type_, TupleType):
        return tuple(draw(field, rng, name=name) for field in type_.fields)
    if (
        not isinstance(type_, TensorType)
        or any(not isinstance(dim, int) for dim in type_.shape)
        or not dtypes.is_known(type_.dtype)
    ):
        message = f"cannot make a value of type {type_}" + (f" for parameter {name!r}" if name else "")
        raise fail(codes.BAD_INPUTS, message, hint="give inputs for dynamic or opaque parameters (--inputs)")
    shape = tuple(int(str(dim)) for dim in type_.shape)
    dtype = dtypes.to_numpy(type_.dtype)
    if type_.dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    low, high = (use.domain.low, use.domain.high) if use else (-10.0, 10.0)
    if dtypes.is_int(type_.dtype):
        return rng.integers(max(0, int(low)), max(1, min(10, int(high) + 1)), shape).astype(dtype)
    if low > -1.0:
        # A one-sided domain (variances, arguments of log): stay well inside it, away from its edge.
        return rng.uniform(low + 0.1 * min(1.0, high - low), min(high, low + 2.0), shape).astype(dtype)
    values = np.clip(rng.standard_normal(shape), max(low, -4.0), min(high, 4.0))
    return np.multiply(values, use.scale if use else 1.0).astype(dtype)


def _sizes(module: IRModule, known: Sequence[Value | None], entry: str) -> dict[Var, int]:
    """A size for each symbolic variable of the parameters: that of known arguments, else a small one."""
    sizes: dict[Var, int] = {}
    types = [type_ for _, type_ in parameters(module, entry) if isinstance(type_, TensorType)]
    for (_, type_), value in zip(parameters(module, entry), known, strict=True):
        if isinstance(type_, TensorType) and value is not None:
            shape = np.shape(value)
            sizes |= {dim: n for dim, n in zip(type_.shape, shape, strict=False) if isinstance(dim, Var)}
    for var in [var for type_ in types for dim in type_.shape for var in shapes.free_vars(dim)]:
        sizes.setdefault(var, 2 + len(sizes) % 3)
    return sizes


def _any_size(module: IRModule, known: Sequence[Value | None], entry: str, seed: int) -> int:
    """The size that ``?`` stands for: that of the first known argument that has one there, else a small one."""
    for (_, type_), value in zip(parameters(module, entry), known, strict=True):
        if isinstance(type_, TensorType) and value is not None:
            for dim, size in zip(type_.shape, np.shape(value), strict=False):
                if isinstance(dim, AnyDim):
                    return size
    return 2 + seed % 3


def _sized(type_: Type | None, sizes: Mapping[Var, int], any_size: int) -> Type | None:
    """A type with numbers for what is open in it."""
    if isinstance(type_, TupleType):
        return TupleType(tuple(_sized(field, sizes, any_size) or field for field in type_.fields))
    if not isinstance(type_, TensorType) or shapes.is_static(type_.shape):
        return type_
    values: dict[Var, shapes.Dim] = dict(sizes.items())
    shape = (any_size if isinstance(dim, AnyDim) else shapes.substitute(dim, values) for dim in type_.shape)
    return TensorType(tuple(shape), type_.dtype)


def _uses(module: IRModule, entry: str) -> dict[int, Use]:
    """What the ops ask of the parameters of ``entry``, also those that they reach through calls of global functions."""
    known: dict[GlobalVar, dict[int, Use]] = {}
    stack = [module.get_global_var(entry)]
    begun: set[GlobalVar] = set()
    while stack:
        var = stack[-1]
        function = module.functions.get(var)
        if var in known or not isinstance(function, relay.Function | relax.Function):
            stack.pop()
        elif var in begun:
            stack.pop()
            known[var] = parameter_uses(function, known)
        else:
            # A function that calls itself is asked nothing by that call.
            begun.add(var)
            roots: list[Node] = [function]
            named = (node for node in post_order(roots, Node.iter_children) if isinstance(node, GlobalVar))
            stack += [callee for callee in named if callee not in begun]
    return known.get(module.get_global_var(entry), {})


def parameter_uses(
    function: relay.Function | relax.Function, callees: Mapping[GlobalVar, Mapping[int, Use]]
) -> dict[int, Use]:
    """By position, what the ops ask of a parameter that reaches them directly, through data movement, or as an argument
    of one of ``callees``, of which this is known.
    """
    sources: dict[Node, int] = {param: n for n, param in enumerate(function.params)}
    found: dict[int, Use] = {}
    for call in _calls(function):
        if call.callee is not None:
            for n, use in callees.get(call.callee, {}).items():
                if call.args[n] in sources:
                    _ask(found, sources[call.args[n]], use.domain, use.scale)
            continue
        card = call.card
        if card is None:
            continue
        for n, (argument, wanted) in enumerate(zip(call.args, card.inputs, strict=False)):
            if argument not in sources:
                continue
            _ask(found, sources[argument], wanted.domain, _weight_scale(card, call) if n == 1 else 1.0)
            if n == 0 and card.pattern is Pattern.INJECTIVE:
                sources[call.result] = sources[argument]
    return found


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a global function or of an operator, in either IR. ``result``: what others read it by."""

    result: Node
    args: Sequence[Node]
    card: OpCard[Any] | None = None
    callee: GlobalVar | None = None
    params: Callable[[], tuple[Any, Sequence[Type]] | None] = lambda: None


def _calls(function: relay.Function | relax.Function) -> Iterator[_Call]:
    """In the order of evaluation, as far as it is one."""
    roots: list[Node] = [function]
    for node in post_order(roots, Node.iter_children):
        if isinstance(node, relay.Call):
            yield from _relay_call(node)
        elif isinstance(node, relax.VarBinding) and isinstance(node.value, relax.Call):
            yield from _relax_call(node.var, node.value)


def _relay_call(call: relay.Call) -> Iterator[_Call]:
    if isinstance(call.op, GlobalVar):
        yield _Call(call, call.args, callee=call.op)
    elif isinstance(call.op, relay.Op) and call.op.card is not None:
        card = call.op.card

        def params() -> tuple[Any, Sequence[Type]]:
            types = [item.checked_type for item in call.args if isinstance(item, relay.RelayExpr)]
            return relay_params(card, call.attrs or {}, types), types

        yield _Call(call, call.args, card, params=params)


def _relax_call(var: relax.Var, call: relax.Call) -> Iterator[_Call]:
    if isinstance(call.op, GlobalVar):
        yield _Call(var, call.args, callee=call.op)
    elif isinstance(call.op, relax.Op):
        found = call_params(call)
        if found is not None:
            card, values, args = found
            yield _Call(var, args, card, params=lambda: (values, [known_type(arg) for arg in args]))


def _ask(found: dict[int, Use], place: int, domain: Domain, scale: float) -> None:
    """Add what one use asks of a parameter."""
    use = found.setdefault(place, Use(domain))
    use.domain = Domain(max(use.domain.low, domain.low), min(use.domain.high, domain.high))
    use.scale = min(use.scale, scale)


def _weight_scale(card: OpCard[Any], call: _Call) -> float:
    """For the second factor of sums of products: what keeps their variance; 1 for other ops."""
    if len(card.inputs) != 2 or not isinstance(card.error, Rounding) or card.error.factor is None:
        return 1.0
    found = call.params()
    if found is None:
        return 1.0
    params, types = found
    length: Any = card.error.factor(params, *types)
    # What sizes are known only when it runs say nothing of scales.
    return 1.0 if isinstance(length, PrimExpr) else (2.0 / max(1.0, float(length))) ** 0.5
