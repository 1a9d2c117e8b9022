"""Values of running Relax programs and their match against types.

A value is a numpy array, a tuple of values, a tuple of ints for a shape, a Python number for a scalar, or a closure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from relax_core.ir.types import FuncType, PrimType, ShapeType, TensorType, TupleType, Type
from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.loops.evaluate import Evaluator
from tensor_core.prim import Var
from tensor_core.program import Closure, FunctionValue
from tensor_core.shapes import Dim, Shape
from tensor_core.spans import Span
from tensor_core.types import TensorType as PlainTensor

Value = Any
Array = np.ndarray[Any, np.dtype[Any]]
Sizes = dict[Var, int]


class WrongKind(DiagnosticError, TypeError):
    """A value of another kind: a tuple where a type says tensor, say."""


class WrongValue(DiagnosticError, ValueError):
    """A tensor of another element type, or a tensor or shape with another number of dimensions."""


class Matcher:
    """Matches values against types, binding symbolic variables in ``sizes``.

    A variable takes its value where it is a dimension on its own; every other dimension is checked by :meth:`finish`,
    when all values are in. ``floats`` is accepted where a type says another float.
    """

    def __init__(self, sizes: Sizes, floats: str = "", span: Span | None = None) -> None:
        self._sizes = sizes
        self._floats = floats
        self._span = span
        self._compound: list[tuple[str, Dim, int, Shape, Sequence[int]]] = []

    def match(self, name: str, value: Value, type_: Type) -> None:
        """Match one value; R2R0602 when it does not fit."""
        stack: list[tuple[str, Value, Type]] = [(name, value, type_)]
        while stack:
            name, value, type_ = stack.pop()
            match type_:
                case TensorType():
                    self._element_type(name, value, type_.dtype, type_)
                    if type_.dims is not None:
                        self._shape(name, type_.dims, value.shape)
                    elif type_.ndim not in (-1, value.ndim):
                        raise self._wrong(name, f"has ndim {value.ndim}", f"ndim {type_.ndim}", WrongValue)
                case TupleType():
                    if not isinstance(value, tuple) or len(cast("tuple[Value, ...]", value)) != len(type_.fields):
                        raise self._wrong(
                            name, f"is {_describe(value)}", f"a tuple of {len(type_.fields)} values", WrongKind
                        )
                    fields = cast("tuple[Value, ...]", value)
                    items = enumerate(zip(fields, type_.fields, strict=True))
                    stack.extend(reversed([(f"{name}[{n}]", item, field) for n, (item, field) in items]))
                case ShapeType():
                    self._shape_value(name, value, type_)
                case PrimType():
                    self._scalar(name, value, type_)
                case FuncType():
                    if not isinstance(value, FunctionValue) and not callable(value):
                        raise self._wrong(name, f"is {_describe(value)}", "a function", WrongKind)
                case _:
                    pass

    def finish(self) -> None:
        """Check the dimensions that are expressions; R2R0602 when one disagrees or a variable has no value."""
        for name, dim, size, declared, actual in self._compound:
            if dimension(dim, self._sizes, self._span) != size:
                raise self._mismatch(name, declared, actual)
        self._compound.clear()

    def _scalar(self, name: str, value: Value, type_: PrimType) -> None:
        kinds = (float, int) if dtypes.is_float(type_.dtype) else (bool, int)
        if not isinstance(value, kinds):
            raise self._wrong(name, f"is {_describe(value)}", f"a scalar of dtype {type_.dtype}", WrongKind)
        if type_.value is not None:
            self._shape(name, (type_.value,), (cast(int, value),))

    def _shape_value(self, name: str, value: Value, type_: ShapeType) -> None:
        if not isinstance(value, tuple):
            raise self._wrong(name, f"is {_describe(value)}", "a shape", WrongKind)
        shape = tuple(int(dim) for dim in cast("tuple[Any, ...]", value))
        if type_.values is not None:
            self._shape(name, type_.values, shape)
        elif type_.ndim not in (-1, len(shape)):
            raise self._wrong(name, f"has ndim {len(shape)}", f"ndim {type_.ndim}", WrongValue)

    def _element_type(self, name: str, value: Value, dtype: str, type_: Type) -> None:
        if not isinstance(value, np.ndarray):
            raise self._wrong(name, f"is {_describe(value)}", f"{type_}", WrongKind)
        array = cast(Array, value)
        found = dtypes.from_numpy(array.dtype)
        same = not dtype or found == dtype or (found == self._floats and dtypes.is_float(dtype))
        if not same:
            raise self._wrong(name, f"has dtype {found}", dtype, WrongValue)

    def _shape(self, name: str, declared: Shape, actual: Sequence[int]) -> None:
        if len(declared) != len(actual):
            raise self._mismatch(name, declared, actual, WrongValue)
        for dim, size in zip(declared, actual, strict=True):
            if isinstance(dim, int):
                agrees = dim == size
            elif isinstance(dim, Var):
                agrees = self._sizes.setdefault(dim, size) == size
            else:
                agrees = True
                self._compound.append((name, dim, size, declared, actual))
            if not agrees:
                raise self._mismatch(name, declared, actual)

    def _mismatch(
        self, name: str, declared: Shape, actual: Sequence[int], kind: type[DiagnosticError] = DiagnosticError
    ) -> DiagnosticError:
        used = dict.fromkeys(var for dim in declared for var in shapes.free_vars(dim))
        known = ", ".join(f"{var.name} = {self._sizes[var]}" for var in used if var in self._sizes)
        wanted = f"({', '.join(map(shapes.to_text, declared))})" + (f" with {known}" if known else "")
        if kind is WrongValue:
            return self._wrong(
                name,
                f"has shape ({', '.join(map(str, actual))}) of ndim {len(actual)}",
                f"{wanted} of ndim {len(declared)}",
                kind,
            )
        return self._wrong(name, f"has shape ({', '.join(map(str, actual))})", wanted)

    def _wrong(
        self, name: str, found: str, expected: str, kind: type[DiagnosticError] = DiagnosticError
    ) -> DiagnosticError:
        message = f"{name} {found}, expected {expected}"
        return kind(Diagnostic(codes.EXECUTION_FAILED, message, self._span, "check the arguments"))


def dimension(dim: Dim, sizes: Sizes, span: Span | None = None) -> int:
    """The integer value of a dimension; R2R0602 when one of its variables has none."""
    if isinstance(dim, int):
        return dim
    try:
        return shapes.evaluate(dim, sizes)
    except (KeyError, ValueError) as error:
        raise fail(
            codes.EXECUTION_FAILED,
            f"dimension {shapes.to_text(dim)} has no value here",
            span,
            "a symbolic variable must be a dimension of a parameter or of a match_cast",
        ) from error


def run_time_type(value: Value, stated: Type | None) -> Type:
    """The type, as cards know it, of an array or tuple of arrays; widening does not change the stated element type."""
    if isinstance(value, tuple):
        items = cast("tuple[Value, ...]", value)
        fields = stated.fields if isinstance(stated, TupleType) else (None,) * len(items)
        return TupleType(tuple(map(run_time_type, items, fields)))
    dtype = stated.dtype if isinstance(stated, TensorType) else ""
    return PlainTensor(value.shape, dtype or dtypes.from_numpy(value.dtype))


def match(items: Sequence[tuple[str, Value, Type]], sizes: Sizes, span: Span | None = None) -> None:
    """Match named values together, adding to the sizes; R2R0602, at ``span``, when one does not fit."""
    matcher = Matcher(sizes, span=span)
    for name, value, type_ in items:
        matcher.match(name, value, type_)
    matcher.finish()


def scalar(value: prim.PrimExpr, sizes: Sizes) -> Value:
    """The Python number that a scalar expression is."""
    if isinstance(value, prim.IntImm):
        return bool(value.value) if value.dtype == "bool" else value.value
    if isinstance(value, prim.FloatImm):
        return value.value
    return Evaluator({var: np.asarray(size) for var, size in sizes.items()}, {})(value)[()].item()


def concrete_type(type_: Type, sizes: Sizes, span: Span | None = None) -> Type:
    """The type of a result to be allocated, its dimensions integers; R2R0602 when its shape is unknown."""
    if isinstance(type_, TupleType):
        return TupleType(tuple(concrete_type(field, sizes, span) for field in type_.fields))
    if not isinstance(type_, TensorType) or type_.dims is None or not type_.dtype:
        hint = "state the shape and the element type of the result"
        raise fail(codes.EXECUTION_FAILED, f"a result of type {type_} cannot be allocated", span, hint)
    return PlainTensor(tuple(dimension(dim, sizes, span) for dim in type_.dims), type_.dtype)


def allocate(type_: Type) -> Value:
    """Arrays of a concrete type, with arbitrary contents."""
    if isinstance(type_, TupleType):
        return tuple(map(allocate, type_.fields))
    assert isinstance(type_, PlainTensor)
    return np.empty(shapes.static(type_.shape), dtypes.to_numpy(type_.dtype))


def bind_closure(value: Value, args: Sequence[Value]) -> Closure:
    """A function value with further last arguments given; R2R0602 for anything else."""
    if not isinstance(value, Closure):
        raise fail(codes.EXECUTION_FAILED, f"{_describe(value)} is no function", hint="bind arguments to a function")
    return Closure(value.function, value.captured, value.sizes, (*args, *value.given))


def _describe(value: Value) -> str:
    if isinstance(value, np.ndarray):
        array = cast(Array, value)
        return f"a tensor of shape {array.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {len(cast('tuple[Value, ...]', value))} values"
    return f"a {type(value).__name__}"
