"""From an op card to its kernel: the card's own lowering, or its expansion with every call lowered in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import DiagnosticError, fail, named
from tensor_core.loops.builder import LoopBuilder, Tensor, sequence, store
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import OpCard
from tensor_core.ops.registry import registry
from tensor_core.ops.rules import meaning_of, possible
from tensor_core.types import TensorType, TupleType, Type, leaves, may_be

Value = Any
"""A :class:`Tensor`, or a (nested) tuple of them."""

Known = Any
"""An array, or a (nested) tuple of them, with None for what is not known."""

_LARGEST_CONSTANT = 4096
_NOTHING: Mapping[int, Known] = {}


def lower_card(
    card: OpCard[Any],
    params: Any,
    arg_types: Sequence[Type],
    name: str | None = None,
    known: Mapping[int, Known] = _NOTHING,
) -> PrimFunc:
    """The kernel of one call: one input per tensor (tuple arguments flattened in order), one output per result leaf.

    ``known``: by position, the values of arguments that the program states: an expansion may depend on them (scales,
    sizes). They remain inputs of the kernel, which is right for these values only.

    ``name`` defaults to the card's name as an identifier, e.g. ``nn_conv2d``. R2R0601 when the card, or a card that its
    expansion calls, has neither lowering nor expansion; R2R0604 when an argument is no tensor or has an open dimension,
    and when the kernel's results are not what the type rule says. Reject when the type rule or the lowering does.
    """
    stated = possible(card.infer(params, *arg_types))
    builder = LoopBuilder()
    names = _argument_names(card, len(arg_types))
    try:
        args = tuple(_declare(builder, label, type_) for label, type_ in zip(names, arg_types, strict=True))
        for place, value in known.items():
            _state(builder, args[place], value)
        with meaning_of(card, arg_types):
            results = list(_flatten(lower_into(builder, card, params, args)))
        _check_results(card, results, stated)
    except DiagnosticError as error:
        raise named(error, card.name) from None
    return builder.finish(name or kernel_name(card), results)


def _check_results(card: OpCard[Any], results: Sequence[Tensor], stated: Type) -> None:
    types = [leaf for leaf in leaves(stated) if isinstance(leaf, TensorType)]
    found = [TensorType(item.shape, item.dtype) for item in results]
    if len(types) != len(found) or not all(map(may_be, found, types)):
        message = f"{card.name} computes {', '.join(map(str, found))} where its type rule says {stated}"
        raise fail(codes.MALFORMED_KERNEL, message)


_C_NAMES = frozenset((
    "abs", "accept", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "bind", "bsearch", "calloc",
    "cbrt", "ceil", "clock", "close", "connect", "copysign", "cos", "cosh", "div", "erf", "erfc", "exit", "exp",
    "exp10", "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "free", "frexp", "getenv",
    "gamma", "hypot", "index", "isatty", "isfinite", "isinf", "isnan", "j0", "j1", "kill", "ldexp", "lgamma",
    "link", "listen", "log", "log10", "log1p", "log2", "logb", "lrint", "main", "malloc", "memcpy", "memmove",
    "memset", "modf", "nan", "nearbyint", "nextafter", "open", "pause", "pow", "qsort", "raise", "rand", "random",
    "read", "realloc", "remainder", "remove", "rename", "rint", "round", "scalb", "select", "send", "signal",
    "signbit", "sin", "sinh", "sleep", "sqrt", "srand", "stat", "strlen", "tan", "tanh", "tgamma", "time", "times",
    "trunc", "unlink", "wait", "write", "y0", "y1",
))  # fmt: skip


def kernel_name(card: OpCard[Any]) -> str:
    """The card's name as an identifier.

    Names of C library functions get a prefix: TVM 0.19 exports kernels by their name, and its code for ``T.exp`` on
    float64 would then call the kernel ``exp`` instead of the C function.
    """
    name = re.sub(r"\W", "_", card.name)
    return f"tir_{name}" if name in _C_NAMES else name


def lower_into(builder: LoopBuilder, card: OpCard[Any], params: Any, args: Sequence[Value]) -> Value:
    """Add one call's stages to a kernel under construction and return its result. R2R0601 for a card with neither a
    lowering nor an expansion.
    """
    if card.lower is not None:
        return card.lower(params, builder, *args)
    if card.expand is not None:
        return card.expand(params, LoopFragment(builder), *args)
    raise fail(codes.NO_REFERENCE, f"the card of {card.name} has neither a lowering nor an expansion")


class LoopFragment:
    """Instantiates an expansion inside a kernel: every call becomes stages of it."""

    def __init__(self, builder: LoopBuilder) -> None:
        self._builder = builder
        self._constants: dict[tuple[str, str], Tensor] = {}

    def call(self, card: str, *args: Value, **params: Any) -> Value:
        """Lower another card's call in place; Reject when its type rule rejects it."""
        callee = registry().by_name[card]
        settings = callee.params(**params)
        # What the expansion says must be legal as in the IRs: a lowering relies on its card's type rule.
        callee.infer(settings, *map(self.type_of, args))
        return lower_into(self._builder, callee, settings, args)

    def constant(self, value: Any, dtype: str) -> Value:
        """A constant tensor. One that is not uniform is stored by element, so it may hold 4096 elements at most."""
        made = self._constant(np.asarray(value), dtype)
        self._builder.stated[made.buffer] = np.asarray(value).astype(dtypes.to_numpy(dtype))
        return made

    def _constant(self, array: np.ndarray[Any, Any], dtype: str) -> Tensor:
        first = array.flat[0].item() if array.size else 0
        if array.tobytes() == array.tobytes()[: array.itemsize] * array.size:
            if array.ndim:
                return self._builder.compute(array.shape, lambda *_: first, dtype, name="constant")
            return self._scalar(first, dtype)
        if array.size > _LARGEST_CONSTANT:
            raise fail(
                codes.MALFORMED_KERNEL,
                f"a constant of {array.size} elements is too large for a kernel",
                hint="pass it as an argument",
            )
        target = self._builder.scratch(array.shape, dtype, name="constant")
        self._builder.emit(sequence(*(store(target, index, item.item()) for index, item in np.ndenumerate(array))))
        return target

    def tuple(self, *items: Value) -> Value:
        """A tuple of tensors."""
        return items

    def item(self, value: Value, index: int) -> Value:
        """One field of a tuple."""
        return value[index]

    def known(self, value: Value) -> np.ndarray[Any, Any] | None:
        """The array behind a tensor that the program states."""
        return self._builder.stated.get(value.buffer)

    def type_of(self, value: Value) -> Type:
        """The type of a tensor or of a tuple of tensors."""
        if isinstance(value, tuple):
            return TupleType(tuple(self.type_of(item) for item in cast("tuple[Value, ...]", value)))
        return self.tensor_type(value)

    def tensor_type(self, value: Value) -> TensorType:
        """The type of a tensor."""
        return TensorType(value.shape, value.dtype)

    def _scalar(self, value: float | int | bool, dtype: str) -> Tensor:
        key = (dtype, repr(value))
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = self._builder.compute((), lambda: prim.const(value, dtype), name="constant")
        return known


def _argument_names(card: OpCard[Any], count: int) -> list[str]:
    names = [item.name for item in card.inputs][:count]
    return names + [f"arg{n}" for n in range(len(names), count)]


def _declare(builder: LoopBuilder, name: str, type_: Type) -> Value:
    if isinstance(type_, TupleType):
        return tuple(_declare(builder, f"{name}{n}", item) for n, item in enumerate(type_.fields))
    if not isinstance(type_, TensorType):
        raise fail(codes.MALFORMED_KERNEL, f"a kernel argument must be a tensor, {name} is {type_}")
    if not dtypes.is_known(type_.dtype):
        raise fail(codes.MALFORMED_KERNEL, f"kernel argument {name} is of {type_.dtype}, of which there are no arrays")
    if any(isinstance(dim, shapes.AnyDim) for dim in type_.shape):
        raise fail(
            codes.MALFORMED_KERNEL, f"kernel argument {name} has an open dimension", hint="give it a variable or a size"
        )
    return builder.input(name, type_)


def _state(builder: LoopBuilder, argument: Value, value: Known) -> None:
    if isinstance(argument, tuple):
        for item, each in zip(cast("tuple[Value, ...]", argument), value, strict=True):
            _state(builder, item, each)
    elif value is not None:
        builder.stated[argument.buffer] = np.asarray(value)


def _flatten(value: Value) -> list[Tensor]:
    if isinstance(value, tuple):
        return [leaf for item in cast("tuple[Value, ...]", value) for leaf in _flatten(item)]
    return [value]
