"""Operators on one operand that were to become one: what is promised of them, and of what follows them elementwise."""

from __future__ import annotations

from collections import Counter
from typing import Any

import relay_compat.ir.expr as relay
from migrate.passes.ports.seen import Seen, operators, sizes, tensor
from migrate.reading import is_relax
from tensor_core.module import IRModule

PRODUCTS = ("nn.dense", "nn.batch_matmul", "matmul", "nn.matmul")
"""Operators that are products of matrices, by their cards."""


def parallel(module: IRModule) -> str:
    """Whether three products of one left operand are left; on Relay, or three operators behind them that fit. Relax's
    version leaves all of them where one has other batches, another element type, or a bias of another shape.
    """
    products: dict[int, Counter[Any]] = {}
    biases: dict[int, set[Any]] = {}
    for call in operators(module):
        type_ = tensor(call.node)
        added = call.inner(0) if call.name == "add" else None
        if call.name in PRODUCTS and type_ is not None:
            products.setdefault(id(call.args[0]), Counter())[type_.dtype, *(sizes(call.args[1]) or ())[:-2]] += 1
        elif added is not None and added.name in PRODUCTS:
            biases.setdefault(id(added.args[0]), set()).add(tuple(sizes(call.args[1]) or ())[:-1])
    for left, kinds in products.items():
        mixed = len(kinds) > 1 or len(biases.get(left, ())) > 1
        if max(kinds.values()) >= 3 and not (mixed and is_relax(module)):
            return "several products of one operand are left"
    return "" if is_relax(module) else behind_parts(module, -1)


def parallel_convolutions(module: IRModule) -> str:
    """Whether three convolutions of one image by kernels of one size are left, or three operators behind them."""
    alike: Counter[Any] = Counter()
    for call in operators(module):
        kernel = tensor(call.args[1]) if call.name == "nn.conv2d" else None
        if kernel is not None and call.attrs["groups"] == 1:
            settings = {name: value for name, value in call.attrs.items() if name != "channels"}
            alike[id(call.args[0]), kernel.shape[2:], repr(sorted(settings.items()))] += 1
    if any(count >= 3 for count in alike.values()):
        return "several convolutions of one image are left"
    return behind_parts(module, -3)


def behind_parts(module: IRModule, axis: int) -> str:
    """Whether one operator of a Relay module is applied to three parts of a value along an axis, counted from the end,
    with further operands that could be joined.
    """
    found: Counter[Any] = Counter()
    for call in operators(module):
        part = call.inner(0)
        whole = _whole(part) if part is not None and call.name not in ("squeeze", "strided_slice") else None
        own = sizes(call.node)
        if whole is not None and own is not None:
            found[whole, call.name, tuple(_but_one(arg, axis, own[axis]) for arg in call.args[1:])] += 1
    several = [name for (_, name, _), count in found.items() if count >= 3]
    return f"{several[0]} is applied to several parts of a value" if several else ""


def _but_one(operand: Any, axis: int, size: int) -> Any:
    """The sizes of an operand but for that of the axis, which must be this; the operand where it is not."""
    found = sizes(operand)
    if found is None or len(found) < -axis or found[axis] != size:
        return operand
    place = len(found) + axis
    return found[:place] + found[place + 1 :]


def _whole(part: Seen) -> Any:
    """What a value is a part of: a slice of it, or a field of it split; None where it is none."""
    if part.name == "strided_slice":
        return part.args[0]
    field = part.args[0] if part.name == "squeeze" else None
    return field.tuple_value if isinstance(field, relay.TupleGetItem) else None
