"""Shape rules of products, sums and norms, read backwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.element_types import accumulated
from migrate.verify.generate.inverses import Choose, Inverse, Plan
from tensor_core.ops.window_draw import divisors
from tensor_core.shapes import static
from tensor_core.types import TensorType


def reduced(type_: TensorType, choose: Choose) -> Plan:
    """An operand with one or two more axes, or with longer ones where the result has extent 1; at times all of them."""
    source, axes, kept = _unreduced(static(type_.shape), choose)
    ways: list[dict[str, Any]] = [{}, {"axis": tuple(axis - len(source) for axis in axes)}]
    if len(axes) == len(source):
        ways.append({"axis": None})
    return Plan((TensorType(source, type_.dtype),), {"axis": axes, "keepdims": kept}, attrs=choose(ways))


def _unreduced(shape: tuple[int, ...], choose: Choose) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    ones = tuple(n for n, dim in enumerate(shape) if dim == 1)
    if ones and choose((False, True)):
        axes = choose((ones, ones[:1]))
        return tuple(choose((2, 3, 1)) if n in axes else dim for n, dim in enumerate(shape)), axes, True
    source = list(shape)
    axes = [choose(range(len(shape) + 1))]
    source.insert(axes[0], choose((2, 3, 1)))
    if len(source) < 4 and choose((False, True)):
        source.append(choose((2, 1)))
        axes.append(len(source) - 1)
    return tuple(source), tuple(axes), False


def spread_about(type_: TensorType, choose: Choose) -> Plan:
    """As :func:`reduced`, with the mean beside."""
    source, axes, kept = _unreduced(static(type_.shape), choose)
    mean = tuple(1 if n in axes else dim for n, dim in enumerate(source))
    params = {"axis": axes, "keepdims": kept, "unbiased": False}
    return Plan((TensorType(source, type_.dtype), TensorType(mean, type_.dtype)), params)


def multiplied(type_: TensorType, choose: Choose) -> Plan:
    """Rows times columns, each operand perhaps transposed."""
    *rows, columns = static(type_.shape)
    inner, (left, right, out) = choose((1, 2, 3)), accumulated(type_.dtype, choose)
    turned, b = len(rows) == 1 and choose((False, True)), choose((True, False))
    a = (inner, rows[0]) if turned else (*rows, inner)
    weight = (columns, inner) if b else (inner, columns)
    params = {"transpose_a": turned, "transpose_b": b, "out_dtype": out, "units": choose((None, columns))}
    return Plan((TensorType(a, left), TensorType(weight, right)), params)


def dense(type_: TensorType, choose: Choose) -> Plan:
    """Rows of data times rows of weights."""
    *rows, columns = static(type_.shape)
    inner, (left, right, out) = choose((1, 2, 3)), accumulated(type_.dtype, choose)
    operands = TensorType((*rows, inner), left), TensorType((columns, inner), right)
    return Plan(operands, {"transpose_b": True, "out_dtype": out, "units": choose((None, columns))})


def batched(type_: TensorType, choose: Choose) -> Plan:
    """Batches of matrices, each operand perhaps transposed, one of them perhaps the same for all batches."""
    batch, rows, columns = static(type_.shape)
    inner, (left, right, out) = choose((1, 2, 3)), accumulated(type_.dtype, choose)
    a, b = choose((False, True)), choose((True, False))
    batches: tuple[int, int] = choose(((batch, batch), (1, batch), (batch, 1)))
    first = (batches[0], *((inner, rows) if a else (rows, inner)))
    second = (batches[1], *((columns, inner) if b else (inner, columns)))
    params = {"transpose_a": a, "transpose_b": b, "out_dtype": out}
    return Plan((TensorType(first, left), TensorType(second, right)), params)


def contracted(type_: TensorType, choose: Choose) -> Plan:
    """A sum of products said as an equation."""
    shape = static(type_.shape)
    names, inner = "abcd"[: len(shape)], choose((2, 3, 1))
    extents = {**dict(zip(names, shape, strict=True)), "k": inner}
    cut: int = choose(range(len(names) + 1))
    parts: Sequence[str] = choose(((f"{names[:cut]}k", f"k{names[cut:]}"), (f"{names}k",), (names[::-1],)))
    operands = tuple(TensorType(tuple(extents[name] for name in part), type_.dtype) for part in parts)
    return Plan((operands,), {"equation": f"{','.join(parts)}->{names}"})


def scanned(type_: TensorType, choose: Choose) -> Plan:
    """Sums of all that stands before along an axis."""
    axis: int = choose(range(type_.rank))
    params = {"axis": choose((axis, axis - type_.rank)), "dtype": type_.dtype, "exclusive": choose((False, True))}
    return Plan((type_,), params)


def batch_norm(type_: TensorType, choose: Choose) -> Plan:
    """Data normalised along an axis, or, of the five operands, one of the statistics that come back."""
    item = 0
    data = type_
    if type_.rank == 1 and choose((False, True)):
        (places,) = static(type_.shape)
        item, data = choose((1, 2)), TensorType(choose(((2, places), (2, places, 3))), type_.dtype)
        axis = 1
    else:
        axis = choose(range(data.rank)) if data.rank == 1 else choose((1, data.rank - 1, 0))
    per_place = TensorType((data.shape[axis],), type_.dtype)
    params = {
        "axis": choose((axis, -1)) if axis == data.rank - 1 else axis,
        "epsilon": choose((1e-5, 1e-3)),
        "center": choose((True, False)),
        "scale": choose((True, False)),
    }
    return Plan((data, *(per_place,) * 4), params, item)


def dropped(type_: TensorType, choose: Choose) -> Plan:
    """Data that passes; the mask is the other field."""
    return Plan((type_,), {"rate": choose((0.5, 0.25))}, 0)


def biased(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type and one value for each place of an axis."""
    axis: int = choose(range(type_.rank))
    params = {"axis": choose((axis, axis - type_.rank))}
    return Plan((type_, TensorType((type_.shape[axis],), type_.dtype)), params)


def sloped(name: str) -> Inverse:
    """An operand of the result's type; below zero it has another slope, a parameter of this name."""

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        return Plan((type_,), {name: choose((0.1, 0.5, 0.01))})

    return inverse


def of_neighbours(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type, divided by what stands around (lrn)."""
    params = {"size": choose((1, 3)), "axis": choose((1, 3)), "bias": 2.0, "alpha": 0.5, "beta": 0.75}
    return Plan((type_,), params)


def of_length_one(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type, divided by its length along axes."""
    return Plan((type_,), {"eps": choose((0.5, 1e-3)), "axis": (choose(range(type_.rank)),)})


def grouped(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type, normalised by groups of channels, and a value for each channel."""
    channels = static(type_.shape)[1]
    per_place = TensorType((channels,), type_.dtype)
    params = {
        "num_groups": choose(divisors(channels)),
        "channel_axis": 1,
        "axes": tuple(range(2, type_.rank)),
        "epsilon": choose((0.5, 1e-3)),
    }
    return Plan((type_, per_place, per_place), params)
