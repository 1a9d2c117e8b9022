"""Operators that name dimensions of their operand: softmax, normalisation, reductions, access along an axis."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.layouts.layout import Axis, Fields, Layout, axes_of, initial, letter, place
from relax_core.layouts.rule import Inferred, Rule, Site

REDUCTIONS = ("max", "mean", "min", "prod", "std", "sum", "variance")


def along_one(site: Site) -> Inferred:
    """One operand, and one attribute ``axis``."""
    layout = site.whole(0)
    return Inferred((layout,), layout, _axis(site, layout))


def _axis(site: Site, layout: Layout) -> dict[str, int]:
    return {"axis": place(layout, site.dimension(site.attrs["axis"]))}


def batch_norm(site: Site) -> Inferred:
    """The data moves; the statistics have one dimension."""
    layout = site.whole(0)
    return Inferred((layout,), Fields((layout, site.own(3), site.own(4))), _axis(site, layout))


def normalized(site: Site) -> Inferred:
    """Normalisation over ``axes``; the scales have these dimensions, and TVM takes them in the order of the data's."""
    axes = _dimensions(site)
    layout = site.now(0)
    if _are_cut(layout, axes) or _places(layout, axes) != sorted(_places(layout, axes)):
        layout = site.own(0)
    return Inferred((layout,), layout, {"axes": _places(layout, axes)})


def normalized_by_channel(site: Site) -> Inferred:
    """Normalisation over ``axes`` with scales of the channel alone."""
    axes, channel = _dimensions(site), site.dimension(site.attrs["channel_axis"])
    layout = site.now(0)
    if _are_cut(layout, (*axes, channel)):
        layout = site.own(0)
    return Inferred((layout,), layout, {"axes": _places(layout, axes), "channel_axis": place(layout, channel)})


def _dimensions(site: Site) -> list[int]:
    return [site.dimension(axis) for axis in site.attrs["axes"]]


def _places(layout: Layout, dimensions: Sequence[int]) -> list[int]:
    return [place(layout, n) for n in dimensions]


def _are_cut(layout: Layout, dimensions: Sequence[int]) -> bool:
    """Whether one of these dimensions is in blocks."""
    return len(axes_of(layout, dimensions)) > len(dimensions)


def reduction(site: Site) -> Inferred:
    """The dimensions that stay are counted anew, their blocks too."""
    axes, rank, layout = site.attrs["axis"], site.rank(0), site.now(0)
    gone = range(rank) if axes is None else [site.dimension(axis) for axis in axes]
    keeps = bool(site.attrs["keepdims"])
    if keeps and _are_cut(layout, gone):
        # Of what remains of the dimension no block can be filled.
        layout = site.own(0)
    attrs = {"axis": list(axes_of(layout, gone))}
    if keeps:
        return Inferred((layout,), layout, attrs)
    kept = [letter(n) for n in range(rank) if n not in set(gone)]
    output = tuple([Axis(letter(kept.index(axis.letter)), axis.block) for axis in layout if axis.letter in kept])
    return Inferred((layout,), output, attrs)


def gather_elements(site: Site) -> Inferred:
    """Data and indices go together; the data decides unless only the indices were moved."""
    layout = site.whole(0)
    if site.now(0) == site.own(0):
        layout = site.whole(1)
    return Inferred((layout, layout), layout, _axis(site, layout))


def scatter_elements(site: Site) -> Inferred:
    """Data, indices and updates go together; the data decides unless the two others agree."""
    layout = site.whole(1) if site.now(1) == site.now(2) else site.whole(0)
    return Inferred((layout,) * 3, layout, _axis(site, layout))


def scatter_nd(site: Site) -> Inferred | None:
    """Data and updates of one rank go together where the dimensions that the indices count stay in front."""
    layout = site.whole(0)
    dims = site.dims(1)
    counted = dims[-1] if dims else None
    if site.rank(0) != site.rank(2) or not isinstance(counted, int) or layout[:counted] != initial(counted):
        return None
    return Inferred((layout, site.own(1), layout), layout)


def gathered_from_all(site: Site) -> Inferred | None:
    """What all workers have is joined along the first dimension."""
    layout = site.now(0)
    stays = layout[:1] == site.own(0)[:1] and not _are_cut(layout, (0,))
    return Inferred((layout,), layout) if stays else None


RULES: dict[str, Rule] = {
    **dict.fromkeys(REDUCTIONS, reduction),
    **dict.fromkeys(("nn.softmax", "nn.prelu", "flip"), along_one),
    **dict.fromkeys(("nn.layer_norm", "nn.rms_norm"), normalized),
    **dict.fromkeys(("nn.group_norm", "nn.instance_norm"), normalized_by_channel),
    "nn.batch_norm": batch_norm,
    "gather_elements": gather_elements,
    "scatter_elements": scatter_elements,
    "scatter_nd": scatter_nd,
    "ccl.allgather": gathered_from_all,
}
