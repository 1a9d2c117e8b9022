"""Drawn calls of Relay's operators as modules of one call, and what the conversion makes of them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import op_bounds
import relay_build
from drawn_calls import DrawnCall

import migrate
import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.convert import ConversionResult
from migrate.report.model import Conversion
from migrate.values import Value
from relax_core.block_builder import BlockBuilder
from relax_core.ir.types import TensorType as RelaxTensor
from relax_core.ops import make_call
from relax_core.types.deduce import type_of
from relay_compat.ir.module import IRModule
from relay_compat.passes.dynamic_to_static import DynamicToStatic
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.draw import Draw, arguments
from tensor_core.ops.spelling import relay_attrs
from tensor_core.reference import evaluate
from tensor_core.shapes import is_static
from tensor_core.types import TensorType, TupleType, Type, leaves

Card = OpCard[Any]
RELEASES = ("0.27", "0.19")


@dataclass(frozen=True)
class Converted:
    """A call, and its module converted for a release. ``last``: what became of the call."""

    call: DrawnCall
    result: ConversionResult

    @property
    def last(self) -> Conversion:
        return self.result.report.conversions[-1]

    @property
    def said(self) -> tuple[str, ...]:
        """The Relax operators, each once."""
        return tuple(name.removeprefix("relax.") for name in dict.fromkeys(self.last.relax))

    @property
    def inputs(self) -> list[np.ndarray]:
        """The arguments that the module takes."""
        return [leaf for n, arg in enumerate(self.call.args) if n not in self.call.given for leaf in flat(arg)]


def drawn(card: Card, count: int) -> Iterator[DrawnCall]:
    """So many calls, the plainest first; in every other one scalars are constants, as importers write them."""
    assert card.draw is not None
    source, rng = random.Random(zlib.crc32(card.name.encode())), np.random.default_rng(0)
    for number in range(count):
        made = card.draw(Draw(source.randint if number > 1 else lambda low, _high: low))
        args = arguments(card, made, rng)
        scalars = {n for n, type_ in enumerate(made.types) if isinstance(type_, TensorType) and not type_.rank}
        known = {*made.values, *(scalars if number % 2 == 0 else ())}
        # An operator of constants alone is computed, not said.
        known = known if len(known) < len(made.types) or not made.types else set(made.values)
        yield DrawnCall(card, made.params, made.types, args, frozenset(known))


def converted(call: DrawnCall, target: str, **options: Any) -> Converted | None:
    """The call converted; None for what Relay does not say, and where nothing but values tells a size."""
    written = relay_module(call)
    if written is None:
        return None
    try:
        module = infer_types(written)
        result = migrate.convert(DynamicToStatic()(module) if is_open(call) else module, target, **options)
    except DiagnosticError:
        return None
    return Converted(call, result) if result.report.conversions else None


def relay_module(call: DrawnCall) -> IRModule | None:
    """@main of one call; arguments that must be known are constants. None for what Relay does not say."""
    assert call.card.relay is not None
    params: list[relay.Var] = []
    pairs = enumerate(zip(call.types, call.args, strict=True))
    args = [_argument(type_, value, n in call.given, params) for n, (type_, value) in pairs]
    try:
        attrs = relay_attrs(call.card, call.params, call.types)
    except Reject:
        return None
    said: dict[str, Any] = {
        name: relay.Constant(value) if isinstance(value, np.ndarray) else value for name, value in attrs.items()
    }
    return relay_build.module(relay_build.call(call.card.relay.name, *args, **said), *params)


def _argument(type_: Type, value: Value, known: bool, params: list[relay.Var]) -> relay.Expr:
    if isinstance(type_, TupleType):
        fields = zip(type_.fields, value, strict=True)
        return relay.Tuple(tuple(_argument(item, each, known, params) for item, each in fields))
    if known:
        return relay.Constant(np.asarray(value))
    params.append(relay.Var(f"x{len(params)}", type_))
    return params[-1]


def is_open(call: DrawnCall) -> bool:
    """Whether only values tell the size of the result, so that Relay's programs are not compiled."""
    found = leaves(call.infer())
    return not all(is_static(leaf.shape) for leaf in found if isinstance(leaf, TensorType))


def worst(call: DrawnCall, found: list[np.ndarray]) -> float:
    """How much of the bound two right implementations use that a result uses; 2 is admitted of expansions."""
    ours = evaluate(call.card, call.params, call.args)
    given = tuple(found) if isinstance(ours, tuple) else found[0]
    return op_bounds.worst(call.card, call.params, call.args, call.types, given)


def flat(value: Any) -> list[np.ndarray]:
    """The arrays of a value, tuples flattened."""
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, tuple) else [np.asarray(value)]


def relax_module(call: DrawnCall, release: str = "0.27") -> relax.IRModule | None:
    """@main of one Relax call; None for what this release does not say in one."""
    params: list[relax.Var] = []
    pairs = enumerate(zip(call.types, call.args, strict=True))
    args = [_relax_argument(type_, value, n in call.given, params) for n, (type_, value) in pairs]
    for arg in args:
        type_of(arg)
    made = make_call(call.card, call.params, args, release)
    if isinstance(made, str):
        return None
    builder = BlockBuilder(release=release)
    with builder.function("main", params):
        builder.emit_func_output(builder.emit(made))
    return builder.get()


def _relax_argument(type_: Type, value: Value, known: bool, params: list[relax.Var]) -> relax.Expr:
    if isinstance(type_, TupleType):
        fields = zip(type_.fields, value, strict=True)
        return relax.Tuple(tuple(_relax_argument(item, each, known, params) for item, each in fields))
    if known:
        return relax.Constant(np.asarray(value))
    assert isinstance(type_, TensorType)
    params.append(relax.Var(f"x{len(params)}", RelaxTensor(type_.shape, type_.dtype)))
    return params[-1]
