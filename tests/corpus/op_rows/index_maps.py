"""Layouts as maps of indices."""

from row_language import Map, T, relay

MAPS = [
    ((2, 3, 4), "n, h, w", "(n, w, h)"), ((8, 3), "a, b", "(a // 4, b, a % 4)"), ((4, 6), "a, b", "(a * 6 + b,)"),
    ((4, 6), "a, b", "(b // 3, a // 2, b % 3, a % 2)"),
]  # fmt: skip

ROWS = [
    *[relay("meta_schedule_layout_transform", T(shape), index_map=Map(*texts)) for shape, *texts in MAPS],
    relay("meta_schedule_layout_transform", T((8, 4), "int8"), index_map=Map("a, b", "(b, a)")),
]
