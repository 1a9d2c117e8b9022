"""Rules of reductions, scans, sorting and searching."""

from __future__ import annotations

from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import Arguments, Rule, like, made
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.shapes import Dim


def _reduced(given: Arguments) -> tuple[TensorType, tuple[int, ...] | None, bool]:
    """The type of the result of a sum, the axes if they are stated and can be counted, whether axes are stated."""
    source, stated = given.tensor(0), given.attrs["axis"]
    keep = bool(given.attrs["keepdims"])
    axes: tuple[int, ...] | None = None
    if stated is not None and source.ndim >= 0:
        axes = rules.axes(rules.many(stated), source.ndim)
    if source.dims is not None:
        gone = [axes is None or n in axes for n in range(source.ndim)]
        result = [1 if lost else dim for dim, lost in zip(source.dims, gone, strict=True) if keep or not lost]
        return made(result, source.dtype, source.vdevice), axes, stated is not None
    ndim = source.ndim if keep else 0 if stated is None else source.ndim - len(axes) if axes is not None else -1
    if ndim == 0 or (stated is None and keep and ndim > 0):
        return made((1,) * ndim, source.dtype, source.vdevice), axes, stated is not None
    return made(None, source.dtype, source.vdevice, ndim), axes, stated is not None


def _statistic(given: Arguments) -> Type:
    return _reduced(given)[0]


def _position(given: Arguments) -> Type:
    return like(_reduced(given)[0], "int64")


def _median(given: Arguments) -> Type:
    value, axes, stated = _reduced(given)
    source = given.tensor(0)
    several = source.dims is not None and (not stated or len(axes or ()) > 1)
    alone = several or (source.dims is None and value.shape is not None)
    return value if alone else TupleType((value, like(value, "int64")))


def _scan(given: Arguments) -> Type:
    source = given.tensor(0)
    dtype = given.dtype("dtype") or source.dtype
    if given.attrs["axis"] is not None:
        return like(source, dtype)
    if source.dims is None:
        return made(None, dtype, source.vdevice, source.ndim)
    return made((terms.product(source.dims),), dtype, source.vdevice)


def _sort(given: Arguments) -> Type:
    return given.tensor(0)


def _argsort(given: Arguments) -> Type:
    source = given.tensor(0)
    return like(source, given.dtype("dtype") or source.dtype)


def _topk(given: Arguments) -> Type:
    source, k, axis = given.tensor(0), given.attrs["k"], given.attrs["axis"]
    dtype = given.dtype("dtype") or source.dtype
    if source.dims is None:
        value = made(None, source.dtype, source.vdevice, source.ndim)
    else:
        place = rules.axis(axis, source.ndim, 0)
        dims: list[Dim] = list(source.dims)
        own = dims[place]
        if k > 0 and (not isinstance(own, int) or k < own):
            dims[place] = k
        value = made(dims, source.dtype, source.vdevice)
    found = {"both": TupleType((value, like(value, dtype))), "values": value, "indices": like(value, dtype)}
    kind = given.attrs["ret_type"]
    if kind not in found:
        raise Reject(f"ret_type {kind!r} is unknown")
    return found[kind]


def _bucketize(given: Arguments) -> Type:
    source, boundaries = given.tensor(0), given.tensor(1)
    if boundaries.ndim not in (-1, 1):
        raise Reject(f"the boundaries must be a vector, got {boundaries}", 1)
    dtype = "int32" if given.attrs["out_int32"] else "int64"
    return made(source.dims, dtype, source.vdevice, source.ndim)


def _unique(given: Arguments) -> Type:
    source = given.tensor(0)
    axis = given.number(5) if len(given) > 5 else None
    if source.ndim >= 0 and isinstance(axis, int):
        rules.axis(axis, source.ndim, 0)
    flags = [given.number(n) for n in (2, 3, 4)]
    if not all(isinstance(flag, int) for flag in flags):
        raise Reject("whether positions are wanted (return_index, return_inverse, return_counts) must be known")
    if source.ndim == 0:
        value, more = made((1,), source.dtype, source.vdevice), made((1,), "int64", source.vdevice)
    else:
        value = made(None, source.dtype, source.vdevice, source.ndim if len(given) > 5 else 1)
        more = made(None, "int64", source.vdevice, 1)
    fields = (value, *(more for flag in flags if flag))
    return TupleType(fields) if len(fields) > 1 else value


def _nonzero(given: Arguments) -> Type:
    return made(None, "int64", given.tensor(0).vdevice, 2)


def _size(given: Arguments) -> Type:
    given.tensor(0)
    return made((), "int64")


RULES: dict[str, Rule] = {
    **dict.fromkeys([f"relax.{name}" for name in ("sum", "max", "min", "mean", "prod", "std", "variance")], _statistic),
    "relax.argmax": _position,
    "relax.argmin": _position,
    "relax.median": _median,
    "relax.cumsum": _scan,
    "relax.cumprod": _scan,
    "relax.sort": _sort,
    "relax.argsort": _argsort,
    "relax.topk": _topk,
    "relax.bucketize": _bucketize,
    "relax.unique": _unique,
    "relax.nonzero": _nonzero,
    "relax.size": _size,
}
