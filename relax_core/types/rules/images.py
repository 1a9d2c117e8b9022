"""Rules of operators on images, whose dimensions a layout names: convolutions, pools, resizing, sampling, regions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod

from relax_core.ir.expr import ShapeExpr
from relax_core.ir.types import TensorType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    arithmetic_dtype,
    made,
    of_dims,
    of_rank,
    one_device,
)
from tensor_core import prim
from tensor_core.ops import bijective, rules
from tensor_core.ops.bijective import Layout
from tensor_core.ops.card import Reject
from tensor_core.releases import older
from tensor_core.shapes import Dim, Shape, as_expr

_LETTERS = {1: "W", 2: "HW", 3: "DHW"}


def _layout(text: str, plain: str) -> Layout:
    """The axes of a layout; Reject unless its dimensions are those of the plain one."""
    return bijective.between(text, plain)[0]


def _plain(layout: Layout, plain: str, source: TensorType, argument: int) -> list[Dim] | None:
    """The sizes in the order of the plain layout; None when they are not known, Reject for another rank."""
    if source.ndim >= 0 and source.ndim != len(layout):
        raise Reject(f"the layout has {len(layout)} axes, the argument is {source}", argument)
    if source.dims is None:
        return None
    for axis, dim in zip(layout, source.dims, strict=True):
        if axis.block is not None and isinstance(dim, int) and dim != axis.block:
            raise Reject(f"a block of {axis.block} is {dim} long in {source}", argument)
    sizes = {axis.letter: dim for axis, dim in zip(layout, source.dims, strict=True) if axis.block is None}
    return [_times(sizes[letter], prod(bijective.blocks(layout, letter))) for letter in plain]


def _times(size: Dim, count: int) -> Dim:
    return size if count == 1 else terms.simplify(terms.multiply(size, count))


def _arranged(layout: Layout, plain: str, sizes: Sequence[Dim]) -> Shape:
    """The dimensions in a layout of these sizes in the order of the plain one."""
    by_letter = dict(zip(plain, sizes, strict=True))
    result: list[Dim] = []
    for axis in layout:
        inner = prod(bijective.blocks(layout, axis.letter))
        if axis.block is not None:
            result.append(axis.block)
        elif inner == 1:
            result.append(terms.simplify(by_letter[axis.letter]))
        else:
            whole = terms.floor_divide(terms.add(by_letter[axis.letter], inner - 1), inner)
            result.append(terms.simplify(whole))
    return tuple(result)


def _out_layout(given: Arguments, name: str) -> str:
    return given.attrs["out_layout"] or given.attrs[name]


def _conv(count: int, transposed: bool, given: Arguments) -> Type:
    data, weight = given.tensor(0), given.tensor(1)
    letters = _LETTERS[count]
    plain, kernel = f"NC{letters}", f"{'IO' if transposed else 'OI'}{letters}"
    own = _layout(given.attrs["data_layout"], plain)
    weights = _layout(given.attrs["kernel_layout"], kernel)
    out = _layout(_out_layout(given, "data_layout"), plain)
    image, sizes = _plain(own, plain, data, 0), _plain(weights, kernel, weight, 1)
    dtype = given.dtype("out_dtype") or arithmetic_dtype(data, weight, given.release)
    device = one_device(data, weight)
    if image is None or sizes is None:
        return made(None, dtype, device, len(out))
    dims = _transposed(given, image, sizes) if transposed else _convolved(given, image, sizes)
    return made(_arranged(out, plain, dims), dtype, device)


def _divides(count: Dim, groups: int) -> None:
    if groups <= 0:
        raise Reject(f"there must be at least one group, got {groups}")
    if terms.proven(prim.NE(prim.FloorMod(as_expr(count), as_expr(groups)), as_expr(0))):
        raise Reject(f"{groups} groups do not divide the channels of the kernel", 1)


def _convolved(given: Arguments, image: Sequence[Dim], sizes: Sequence[Dim]) -> list[Dim]:
    groups = given.attrs["groups"]
    if terms.differ(image[1], terms.multiply(sizes[1], groups)):
        raise Reject("the channels of image and kernel differ", 1)
    _divides(sizes[0], groups)
    count = len(image) - 2
    steps, dilations = _each(given, "strides", count), _each(given, "dilation", count)
    spatial = [
        _steps(dim, sum(pad), step, dilation, size)
        for dim, pad, step, dilation, size in zip(
            image[2:], _padding(given, count), steps, dilations, sizes[2:], strict=True
        )
    ]
    return [image[0], sizes[0], *map(terms.simplify, spatial)]


def _each(given: Arguments, name: str, count: int) -> tuple[int, ...]:
    """An attribute with one number for each spatial dimension; a single one is meant for all."""
    found = rules.many(given.attrs[name])
    if len(found) == 1:
        return tuple(found) * count
    if len(found) != count:
        raise Reject(f"{name} must hold {count} numbers, got {len(found)}")
    return tuple(found)


def _padding(given: Arguments, count: int) -> list[tuple[int, int]]:
    """The padding before and behind along each spatial dimension."""
    found = rules.many(given.attrs["padding"])
    if len(found) == 2 * count:
        return list(zip(found[:count], found[count:], strict=True))
    return [(pad, pad) for pad in _each(given, "padding", count)]


def _steps(dim: Dim, pad: int, step: int, dilation: int, size: Dim, more: int = 0) -> Dim:
    """How many places a window takes along one dimension."""
    reach = terms.multiply(dilation, terms.subtract(size, 1))
    room = terms.subtract(terms.subtract(terms.add(dim, pad), reach), 1)
    return terms.add(terms.floor_divide(terms.add(room, more), step), 1)


def _transposed(given: Arguments, image: Sequence[Dim], sizes: Sequence[Dim]) -> list[Dim]:
    groups, count = given.attrs["groups"], len(image) - 2
    steps, dilations = _each(given, "strides", count), _each(given, "dilation", count)
    more = _each(given, "output_padding", count)
    if terms.differ(image[1], sizes[0]):
        raise Reject("the channels of image and kernel differ", 1)
    _divides(sizes[0], groups)
    if any(extra >= step for extra, step in zip(more, steps, strict=True)):
        raise Reject("the output padding must be less than the stride")
    spatial: list[Dim] = []
    for n, pad in enumerate(_padding(given, count)):
        grown = terms.subtract(terms.multiply(terms.subtract(image[2 + n], 1), steps[n]), sum(pad))
        reach = terms.multiply(dilations[n], terms.subtract(sizes[2 + n], 1))
        spatial.append(terms.add(terms.add(terms.add(grown, reach), more[n]), 1))
    return [image[0], terms.multiply(sizes[1], groups), *map(terms.simplify, spatial)]


def _pool(count: int, given: Arguments) -> Type:
    data, attrs = given.tensor(0), given.attrs
    plain = f"NC{_LETTERS[count]}"
    own, out = _layout(attrs["layout"], plain), _layout(_out_layout(given, "layout"), plain)
    image = _plain(own, plain, data, 0)
    if image is None:
        return of_rank(data, len(out))
    names = ("strides", "dilation", "pool_size")
    steps, dilations, sizes = (_each(given, name, count) for name in names)
    spatial: list[Dim] = []
    for n, pad in enumerate(_padding(given, count)):
        ceil, dim, step = bool(attrs["ceil_mode"]), image[2 + n], steps[n]
        places = _steps(dim, sum(pad), step, dilations[n], sizes[n], step - 1 if ceil else 0)
        if ceil and not older(given.release, "0.23"):
            places = _inside(places, step, terms.add(dim, pad[0]))
        spatial.append(terms.simplify(places))
    return of_dims(data, _arranged(out, plain, [*image[:2], *spatial]))


def _inside(places: Dim, step: int, end: Dim) -> Dim:
    """One place less where the last one would begin in the padding behind."""
    last = terms.subtract(places, 1)
    begin = terms.multiply(last, step)
    if isinstance(begin, int) and isinstance(end, int):
        return last if begin >= end else places
    beyond = prim.LE(as_expr(end), as_expr(begin))
    return prim.if_then_else(beyond, as_expr(last), as_expr(places))


def _adaptive(count: int, given: Arguments) -> Type:
    data, attrs = given.tensor(0), given.attrs
    plain, size = f"NC{_LETTERS[count]}", attrs["output_size"]
    own, out = _layout(attrs["layout"], plain), _layout(_out_layout(given, "layout"), plain)
    image = _plain(own, plain, data, 0)
    if image is None:
        whole = data.shape is not None and _out_layout(given, "layout") == attrs["layout"] and size is None
        return data if whole else of_rank(data, len(out))
    return of_dims(
        data, _arranged(out, plain, [*image[:2], *(image[2:] if size is None else _each(given, "output_size", count))])
    )


def _resize(count: int, given: Arguments) -> Type:
    data, size = given.tensor(0), given.shape(1)
    if size.ndim != count:
        raise Reject(f"the size must have {count} dimensions, got {size}", 1)
    plain = f"NC{_LETTERS[count]}"
    own = _layout(given.attrs["layout"], plain)
    dtype = given.dtype("out_dtype") or data.dtype
    image, wanted = _plain(own, plain, data, 0), given.expr(1)
    if image is None or not isinstance(wanted, ShapeExpr):
        return made(None, dtype, data.vdevice, len(own))
    return made(_arranged(own, plain, [*image[:2], *wanted.values]), dtype, data.vdevice)


def _grid_sample(given: Arguments) -> Type:
    data, grid = given.tensor(0), given.tensor(1)
    plain = "NCDHW" if given.attrs["layout"] == "NCDHW" else "NCHW"
    own = _layout(given.attrs["layout"], plain)
    image = _plain(own, plain, data, 0)
    if image is None or grid.dims is None:
        return of_rank(data, len(own))
    if grid.ndim < len(plain):
        raise Reject(f"expected {len(plain)} dimensions, got {grid}", 1)
    return of_dims(data, _arranged(own, plain, [*image[:2], *grid.dims[2 : len(plain)]]))


def _affine_grid(given: Arguments) -> Type:
    data, size, wanted = given.tensor(0), given.shape(1), given.expr(1)
    if size.ndim not in ((2,) if older(given.release, "0.26") else (2, 3)):
        raise Reject(f"the size must have two or three dimensions, got {size}", 1)
    if data.ndim not in (-1, 3):
        raise Reject(f"expected three dimensions, got {data}", 0)
    for place in (1, 2):
        own = data.dims[place] if data.dims is not None else None
        if isinstance(own, int) and own != size.ndim + place - 1:
            raise Reject(f"expected matrices of {size.ndim} rows, got {data}", 0)
    if data.dims is None or not isinstance(wanted, ShapeExpr):
        return of_rank(data, size.ndim + 2)
    return of_dims(data, (data.dims[0], size.ndim, *wanted.values))


def _regions(layouts: tuple[str, ...], given: Arguments) -> Type:
    data, regions, layout = given.tensor(0), given.tensor(1), given.attrs["layout"]
    if data.ndim not in (-1, 4):
        raise Reject(f"expected four dimensions, got {data}", 0)
    if regions.ndim not in (-1, 2):
        raise Reject(f"expected two dimensions, got {regions}", 1)
    if layout not in layouts:
        raise Reject(f"layout {layout} is not taken")
    if given.attrs.get("mode", "avg") not in ("avg", "max"):
        raise Reject(f"mode {given.attrs['mode']!r} is unknown")
    if regions.dims is not None and isinstance(regions.dims[1], int) and regions.dims[1] != 5:
        raise Reject("a region is five numbers", 1)
    if data.dims is None or regions.dims is None:
        return of_rank(data, 4)
    size = _each(given, "pooled_size", 2)
    channels = data.dims[1 if layout == "NCHW" else 3]
    inner = (channels, *size) if layout == "NCHW" else (*size, channels)
    return of_dims(data, (regions.dims[0], *inner))


RULES: dict[str, Rule] = {
    **{f"relax.nn.conv{n}d": partial(_conv, n, False) for n in _LETTERS},
    **{f"relax.nn.conv{n}d_transpose": partial(_conv, n, True) for n in _LETTERS},
    **{f"relax.nn.{kind}_pool{n}d": partial(_pool, n) for n in _LETTERS for kind in ("max", "avg")},
    **{f"relax.nn.adaptive_avg_pool{n}d": partial(_adaptive, n) for n in _LETTERS},
    "relax.image.resize2d": partial(_resize, 2),
    "relax.image.resize3d": partial(_resize, 3),
    "relax.image.grid_sample": _grid_sample,
    "relax.image.affine_grid": _affine_grid,
    "relax.vision.roi_align": partial(_regions, ("NCHW", "NHWC")),
    "relax.vision.roi_pool": partial(_regions, ("NCHW",)),
}
