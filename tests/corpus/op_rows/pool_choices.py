"""Pools in one, two and three dimensions: every attribute by itself away from its default."""

from typing import Any

from row_language import T, V, both, refused, relax, relay, wrong

SPACE = {1: "W", 2: "HW", 3: "DHW"}
SHAPES = {1: (1, 2, 9), 2: (1, 2, 7, 9), 3: (1, 2, 5, 6, 7)}
NEW = ("0.27",)
OLD = ("0.19",)


def ramp(count: int, first: int = 1) -> list[int]:
    return list(range(first, first + count))


def averaged(name, shape, sizes, **attrs: Any):
    """Before 0.27, Relax sums wrongly where windows have one length along some dimensions and several along others."""
    size = attrs["output_size"]
    wanted = [size] * len(sizes) if isinstance(size, int) else size
    uneven = [data % out != 0 for data, out in zip(sizes, wanted, strict=True)]
    whole = [data == out for data, out in zip(sizes, wanted, strict=True)]
    mixed = any(uneven) and any(not u and not w for u, w in zip(uneven, whole, strict=True))
    old = relax(name, shape, releases=OLD, **attrs)
    return [relax(name, shape, releases=NEW, **attrs), *(wrong("loses a part of the sum", old) if mixed else [old])]


ROWS = []
for count, data in SHAPES.items():
    shape = T(data)
    nc, nwc = f"NC{SPACE[count]}", f"N{SPACE[count]}C"
    turned = T((data[0], *data[2:], data[1]))
    window: dict[str, Any] = {"pool_size": ramp(count, 2)}
    for kind in ("max", "avg"):
        name = f"nn.{kind}_pool{count}d"
        counted: dict[str, Any] = {"count_include_pad": True} if kind == "avg" else {}
        ROWS += [
            *both(name, shape, **window),
            *both(name, shape, pool_size=ramp(count, 2)[::-1], strides=ramp(count)),
            *both(name, shape, **window, strides=ramp(count, 2)[::-1]),
            *both(name, shape, **window, dilation=ramp(count)[::-1]),
            *both(name, shape, **window, padding=ramp(2 * count, 0) if count < 3 else [0, 1, 0, 1, 0, 2]),
            *both(name, shape, **window, padding=[1] * count if count != 1 else [1, 1]),
            *both(name, shape, **window, padding=[1] * count if count != 1 else [1, 1], **counted),
            *both(name, shape, **window, strides=[2] * count, padding=[1] * (2 * count), **counted),
            *both(name, turned, **window, layout=nwc),
            *both(name, turned, **window, layout=nwc, out_layout=nwc),
            *both(name, shape, **window, out_layout=nwc),
            *both(name, shape, **window, out_layout=nc),
            relay(name, shape, **window, strides=[2] * count, ceil_mode=True),
            # In 0.19 of Relax one dimension cannot be rounded up.
            relax(
                name,
                shape,
                **window,
                strides=[2] * count,
                ceil_mode=True,
                releases=NEW if count == 1 else ("0.19", "0.27"),
            ),
            relax(name, shape, **window, padding=[1] * (2 * count), count_include_pad=True),
            relax(name, shape, **window, padding=[1] * (2 * count), count_include_pad=False),
            relax(name, shape, strides=[2] * count),
            relax(name, shape, pool_size=2, strides=2),
            relax(name, shape, pool_size=2, padding=1),
            relay(name, shape, pool_size=[2]),
            relay(name, shape, **window, strides=[2]),
            relay(name, shape, **window, dilation=[2]),
            relay(name, shape, **window, padding=[1]),
        ]
        adaptive = f"nn.adaptive_{kind}_pool{count}d"
        sizes = [ramp(count), ramp(count, 2)[::-1], list(data[2:])]
        for size in sizes:
            ROWS += [relay(adaptive, shape, output_size=size)]
        ROWS += [
            relay(adaptive, shape, output_size=[2]),
            relay(adaptive, turned, output_size=ramp(count, 2), layout=nwc),
            relay(adaptive, shape, output_size=ramp(count, 2), out_layout=nwc),
            relay(adaptive, shape, output_size=ramp(count, 2), out_layout=nc),
            relay(adaptive, shape),
        ]
        if kind == "avg":
            ROWS += [
                *[row for size in sizes for row in averaged(adaptive, shape, data[2:], output_size=size)],
                *averaged(adaptive, shape, data[2:], output_size=2),
                relax(adaptive, shape),
                *averaged(adaptive, turned, data[2:], output_size=ramp(count, 2), layout=nwc),
                *refused("another layout", relax(adaptive, shape, output_size=ramp(count, 2), out_layout=nwc)),
                *averaged(adaptive, shape, data[2:], output_size=ramp(count, 2), out_layout=nc),
            ]
        if count == 2:
            ROWS += [
                relay(f"nn.global_{kind}_pool2d", shape, out_layout="NHWC"),
                relay(f"nn.global_{kind}_pool2d", turned, layout="NHWC", out_layout="NHWC"),
                relay(name, T((1, 2, 7, 9, 4)), **window, layout="NCHW4c"),
                relax(name, T((1, 2, 7, 9, 4)), **window, layout="NCHW4c"),
            ]
ROWS += [
    relax("nn.adaptive_avg_pool3d", T((1, 2, 4, 6, 8)), output_size=[2, 3, 4], releases=OLD),
    relax("nn.adaptive_avg_pool3d", T((1, 2, 5, 5, 7)), output_size=[2, 3, 3], releases=OLD),
    relax("nn.adaptive_avg_pool3d", T((1, 2, 5, 5, 7)), output_size=[2, 5, 3], releases=OLD),
    relax("nn.adaptive_avg_pool3d", T((1, 4, 6, 8, 2)), output_size=[2, 3, 4], layout="NDHWC", releases=OLD),
    relay("nn.avg_pool1d", V([[[1, 2, 4, -7, -8, 3]]], "int32"), pool_size=[2], strides=[2]),
    relay("nn.max_pool1d", V([[[1, 2, 4, -7, -8, 3]]], "int8"), pool_size=[3], padding=[1, 1]),
]  # fmt: skip
