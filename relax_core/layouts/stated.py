"""Operators whose attributes state layouts: convolutions, pools and resizing."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.layouts.layout import Layout, fits, is_packed, stated, wanted
from relax_core.layouts.rule import Inferred, Rule, Site
from relax_core.types.leaves import type_of
from tensor_core import codes
from tensor_core.diagnostics import fail

_CONV = ("data_layout", "kernel_layout", "out_layout")
_TAKES_BLOCKS = "relax.nn.conv2d"
"""The one operator that TVM has in layouts such as "NCHW4c"."""


def conv(site: Site) -> Inferred | None:
    """A convolution takes the layouts that are wanted of it, else those that its arguments have by now."""
    texts = tuple([str(site.attrs[name] or site.attrs["data_layout"]) for name in _CONV])
    if site.wanted is not None:
        return _converted(site, texts, tuple(map(str, site.wanted)))
    if is_packed(site.now(0)) or is_packed(site.now(1)):
        return None
    return _arranged(texts, (site.now(0), site.now(1), site.now(0)))


def _converted(site: Site, texts: Sequence[str], given: Sequence[str]) -> Inferred | None:
    if len(given) not in (2, 3):
        message = f"{_name(site)} takes the layouts of data and kernel, and perhaps of the result; not {list(given)}"
        raise fail(codes.BAD_OPTION, message)
    targets = (*given, given[0])[:3]
    layouts = [_wanted(site, text, target) for text, target in zip(texts, targets, strict=True)]
    data, kernel, out = layouts
    if data is None or kernel is None or out is None:
        return None
    dims = (site.dims(0), site.dims(1), getattr(type_of(site.call), "dims", None))
    if not all(map(fits, dims, (data, kernel, out))):
        return None
    return _arranged(texts, (data, kernel, out))


def _wanted(site: Site, text: str, target: str) -> Layout | None:
    letters = [{part.upper() for part in layout if part.isalpha()} for layout in (text, target)]
    if letters[0] != letters[1]:
        message = f"{_name(site)} has a tensor in layout {text}, which cannot be brought to {target}"
        raise fail(codes.BAD_OPTION, message, hint="name the same dimensions")
    found = wanted(text, target)
    if found is not None and is_packed(found) and _name(site) != _TAKES_BLOCKS:
        raise fail(codes.BAD_OPTION, f"{_name(site)} does not take blocks, as in layout {target}")
    return found


def _arranged(texts: Sequence[str], layouts: Sequence[Layout]) -> Inferred | None:
    named = [stated(text, layout) for text, layout in zip(texts, layouts, strict=True)]
    if not all(map(_same_order, texts, named)):
        return None
    data, kernel, out = layouts
    return Inferred((data, kernel), out, dict(zip(_CONV, named, strict=True)))


def _same_order(text: str, named: str | None) -> bool:
    """Whether the spatial dimensions follow each other as before: TVM pairs those of data and kernel by place."""
    return named is not None and _spatial(text) == _spatial(named)


def _spatial(text: str) -> str:
    return "".join(part for part in text if part in "DHW")


def pool(site: Site) -> Inferred | None:
    """A pool follows its data, where the dimensions along which it pools have no blocks."""
    layout = site.now(0)
    if not fits(getattr(type_of(site.call), "dims", None), layout):
        layout = site.own(0)
    named = {name: stated(str(site.attrs[name] or site.attrs["layout"]), layout) for name in ("layout", "out_layout")}
    whole = all(name is not None and not set("dhw") & set(name) for name in named.values())
    return Inferred((layout,), layout, named) if whole else None


def resize(site: Site) -> Inferred | None:
    """Resizing takes the layout that is wanted of it, else that of its data, where this has no blocks."""
    text = str(site.attrs["layout"])
    layout = site.whole(0)
    if site.wanted is not None:
        found = _wanted(site, text, "".join(map(str, site.wanted[:1])))
        if found is None:
            return None
        layout = found
    return Inferred((layout,), layout, {"layout": stated(text, layout)})


def _name(site: Site) -> str:
    return getattr(site.call.op, "name", "the operator")


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("nn.conv1d", "nn.conv2d", "nn.conv3d", "nn.conv1d_transpose", "nn.conv2d_transpose", "nn.conv3d_transpose"),
        conv,
    ),
    **dict.fromkeys(("nn.max_pool1d", "nn.max_pool2d", "nn.max_pool3d"), pool),
    **dict.fromkeys(("nn.avg_pool1d", "nn.avg_pool2d", "nn.avg_pool3d"), pool),
    **dict.fromkeys(("nn.adaptive_avg_pool1d", "nn.adaptive_avg_pool2d", "nn.adaptive_avg_pool3d"), pool),
    "image.resize2d": resize,
    "image.resize3d": resize,
}
