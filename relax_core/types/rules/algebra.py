"""Rules of products of tensors, and of numbers that are quantized or drawn."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.ir.types import TensorType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    any_device,
    arithmetic_dtype,
    broadcast,
    check_floats,
    check_integers,
    like,
    made,
    values,
)
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.releases import older
from tensor_core.shapes import Dim, Shape

_QUANTIZED = frozenset({"int8", "uint8", "int16", "uint16", "float8_e4m3fn", "float8_e5m2"})
_EARLY_ZERO_POINTS = frozenset({"int8", "float16"})
_ZERO_POINTS = frozenset({"int8", "uint8", "int16", "uint16", "int32", "uint32", "float16"})


def _matmul(given: Arguments) -> Type:
    left, right = given.tensor(0), given.tensor(1)
    device = any_device((left, right))
    dtype = given.dtype("out_dtype") or arithmetic_dtype(left, right, given.release)
    if left.ndim < 0 or right.ndim < 0:
        return made(None, dtype, device)
    for place, item in enumerate((left, right)):
        if item.ndim == 0:
            raise Reject("a scalar cannot be multiplied as a matrix", place)
    ndim = max(left.ndim, right.ndim, 2) - (left.ndim == 1) - (right.ndim == 1)
    if left.dims is None or right.dims is None:
        return made(None, dtype, device, ndim)
    outer = broadcast(left.dims[:-2], right.dims[:-2])
    if outer is None:
        return made(None, dtype, device, ndim)
    if terms.differ(left.dims[-1], right.dims[-2 if right.ndim > 1 else -1]):
        raise Reject(f"{rules.show(left.dims)} and {rules.show(right.dims)} cannot be multiplied", 1)
    rows = left.dims[-2:-1] if left.ndim > 1 else ()
    columns = right.dims[-1:] if right.ndim > 1 else ()
    return made((*outer, *rows, *columns), dtype, device)


def _einsum(given: Arguments) -> Type | None:
    types = given.tensors(0)
    if not types:
        raise Reject("at least one tensor is needed", 0)
    device, dtype = any_device(types), types[0].dtype
    for item in types:
        if item.dtype != dtype:
            raise Reject(f"operands have different element types: {dtype} and {item.dtype}", 0)
        if item.dims is None:
            return made(None, dtype, device, item.ndim)
    text = given.attrs["subscripts"].replace(" ", "")
    if "." in text:
        return None
    inputs, _, result = text.partition("->")
    sizes = _label_sizes(inputs.split(","), [item.dims or () for item in types])
    if not text.count("->"):
        result = "".join(sorted(label for label in set(inputs) - {","} if inputs.count(label) == 1))
    return made([sizes[label] for label in result], dtype, device)


def _label_sizes(labels: Sequence[str], shapes: Sequence[Shape]) -> dict[str, Dim]:
    """The size that each letter stands for; one that is 1 somewhere is that of the others."""
    sizes: dict[str, Dim] = {}
    if [len(text) for text in labels] != [len(shape) for shape in shapes]:
        raise Reject("the subscripts do not fit the operands", 0)
    for text, shape in zip(labels, shapes, strict=True):
        for label, dim in zip(text, shape, strict=True):
            known = sizes.setdefault(label, dim)
            if isinstance(known, int) and known == 1:
                sizes[label] = dim
            elif isinstance(known, int) and isinstance(dim, int) and dim not in (1, known):
                raise Reject(f"{label} stands for {known} and for {dim}", 0)
    return sizes


def _outer(given: Arguments) -> Type:
    left, right = given.tensor(0), given.tensor(1)
    for place, item in enumerate((left, right)):
        if item.ndim != 1:
            raise Reject(f"expected a vector, got {item}", place)
    if left.dims is None or right.dims is None:
        return made(None, left.dtype, None, 2)
    return made((*left.dims, *right.dims), left.dtype)


def _one_for_each(data: TensorType, given: TensorType, axis: int, argument: int, singletons: bool) -> None:
    """Reject unless a parameter is one number, or a vector of one for each place along the axis."""
    own = values(given)
    if given.dims == () or (given.dims and singletons and all(terms.equal(dim, 1) for dim in given.dims)):
        return
    extents = values(data)
    if own is None or extents is None or not own or not terms.equal(own[0], extents[axis]):
        raise Reject(f"expected a number for each place along axis {axis}, got {given}", argument)


def _quantize(given: Arguments) -> Type:
    return _quantized(given, _QUANTIZED, frozenset({"float16", "float32"}))


def _dequantize(given: Arguments) -> Type:
    sources = _QUANTIZED | {"int32", "float16", "float32"}
    return _quantized(given, frozenset({"float16", "float32"}), sources)


def _quantized(given: Arguments, results: frozenset[str], sources: frozenset[str]) -> Type:
    data, scale, zero = (given.tensor(n) for n in range(3))
    dtype = given.dtype("out_dtype")
    if dtype not in results:
        raise Reject(f"there is no result of type {dtype}")
    if not (data.dtype and scale.dtype and zero.dtype):
        if older(given.release, "0.26"):
            raise Reject("the element types must be known")
        return like(data, "")
    if data.dtype not in sources:
        raise Reject(f"data of type {data.dtype} is not taken", 0)
    if scale.dtype not in ("float16", "float32"):
        raise Reject(f"a scale of type {scale.dtype} is not taken", 1)
    early = older(given.release, "0.25")
    if zero.dtype not in (_EARLY_ZERO_POINTS if early else _ZERO_POINTS):
        raise Reject(f"a zero point of type {zero.dtype} is not taken", 2)
    axis = given.attrs["axis"]
    place = axis + data.ndim if axis < 0 else axis
    if not 0 <= place < data.ndim:
        raise Reject(f"axis {axis} is out of range for {data.ndim} dimensions", 0)
    _one_for_each(data, scale, place, 1, not early)
    _one_for_each(data, zero, place, 2, not early)
    return like(data, dtype)


def _multinomial(given: Arguments) -> Type:
    rows, samples, places = types = [given.tensor(n) for n in range(3)]
    if older(given.release, "0.26") and not all(item.dtype for item in types):
        raise Reject("the element types must be known")
    check_floats(given, rows, 0)
    check_floats(given, samples, 1)
    check_integers(places, 2, signed=True)
    dtype = given.dtype("dtype")
    if any(item.ndim < 0 for item in types):
        return made(None, dtype, rows.vdevice)
    for place, item in enumerate(types):
        if item.ndim != 2:
            raise Reject(f"expected a matrix, got {item}", place)
    if rows.dims is None or samples.dims is None or places.dims is None:
        return made(None, dtype, rows.vdevice, 2)
    if not terms.equal(samples.dims[0], places.dims[0]):
        raise Reject("samples and rows differ in number", 2)
    if samples.dims[1] != 1 or places.dims[1] != 1:
        raise Reject("expected one column", 1)
    return made((samples.dims[0], 1), dtype, rows.vdevice)


RULES: dict[str, Rule] = {
    "relax.matmul": _matmul,
    "relax.outer": _outer,
    "relax.einsum": _einsum,
    "relax.quantize": _quantize,
    "relax.dequantize": _dequantize,
    "relax.multinomial_from_uniform": _multinomial,
}
