"""Input values for a function: deterministic in the seed and the parameter names, inside the domains its ops ask for.

A parameter's domain is that of the op argument it reaches, directly or through data movement. Weights of rank two
and more are scaled by their fan-in, so that activations of deep networks stay of order one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import parameters
from migrate.values import Value
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, IRModule
from tensor_core.node import Node, post_order
from tensor_core.ops.card import Domain, OpCard, Pattern
from tensor_core.types import TensorType, TupleType, Type


def make_inputs(module: IRModule, entry: str = "main", seed: int = 0) -> list[Value]:
    """One value for each parameter in order; those that came with the module keep their arrays."""
    domains = parameter_domains(module, entry)
    return [
        module.params[name]
        if name in module.params
        else draw(type_, np.random.default_rng([seed, zlib.crc32(name.encode())]), domains.get(n))
        for n, (name, type_) in enumerate(parameters(module, entry))
    ]


def draw(type_: Type | None, rng: np.random.Generator, domain: Domain | None = None) -> Value:
    """A random value of a static type: reals of order one, integers 0 to 9, inside ``domain`` when one is given."""
    if isinstance(type_, TupleType):
        return tuple(draw(field, rng) for field in type_.fields)
    if not isinstance(type_, TensorType) or any(not isinstance(dim, int) for dim in type_.shape):
        raise fail(
            codes.BAD_INPUTS,
            f"cannot make a value of type {type_}",
            hint="give inputs for dynamic or opaque parameters (--inputs)",
        )
    shape = tuple(int(str(dim)) for dim in type_.shape)
    dtype = dtypes.to_numpy(type_.dtype)
    if type_.dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    low, high = (domain.low, domain.high) if domain else (-10.0, 10.0)
    if dtypes.is_int(type_.dtype):
        return rng.integers(max(0, int(low)), max(1, min(10, int(high) + 1)), shape).astype(dtype)
    if low > -1.0:
        # A one-sided domain (variances, arguments of log): stay well inside it, away from its edge.
        return rng.uniform(low + 0.1 * min(1.0, high - low), min(high, low + 2.0), shape).astype(dtype)
    values = np.clip(rng.standard_normal(shape), max(low, -4.0), min(high, 4.0))
    if len(shape) > 1:
        fan_in = int(np.prod(shape[1:]))
        values = values * np.sqrt(2.0 / max(1, fan_in)) if fan_in > 64 else values
    return values.astype(dtype)


def parameter_domains(module: IRModule, entry: str = "main") -> dict[int, Domain]:
    """By parameter position, the tightest domain among the op arguments that the parameter reaches by data movement
    alone.
    """
    function = module[entry]
    if not isinstance(function, (relay.Function, relax.Function)):
        return {}
    sources: dict[Node, int] = {param: n for n, param in enumerate(function.params)}
    found: dict[int, Domain] = {}
    for result, card, args in _calls(function):
        for n, argument in enumerate(args):
            if argument not in sources or n >= len(card.inputs):
                continue
            domain, position = card.inputs[n].domain, sources[argument]
            known = found.get(position, domain)
            found[position] = Domain(max(known.low, domain.low), min(known.high, domain.high))
            if n == 0 and card.pattern is Pattern.INJECTIVE:
                sources[result] = position
    return found


def _calls(function: relay.Function | relax.Function) -> Iterable[tuple[Node, OpCard[Any], tuple[Expr, ...]]]:
    def children(node: Node) -> Iterable[Node]:
        return node.iter_children()

    for node in post_order([function], children):
        if isinstance(node, relay.Call) and isinstance(node.op, relay.Op) and node.op.card:
            yield node, node.op.card, node.args
        elif isinstance(node, relax.VarBinding) and isinstance(node.value, relax.Call):
            call = node.value
            if isinstance(call.op, relax.Op) and call.op.card:
                yield node.var, call.op.card, call.args
