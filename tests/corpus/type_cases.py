"""Varies the rows of `type_rows`: every typed argument with less known of it, more symbolic, wrong, or elsewhere.

A case is (operator, arguments, attributes) as a row is. In tensor types `?3` stands for three unknown dimensions, `?`
for an unknown rank, `$s:?3` for a shape that is the variable s of a shape type, `_` for an unknown element type, `@v0`
for a virtual device.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

TENSOR = re.compile(r"^(\w+)\[(.*)\](@\w+)?$")
ELEMENTS = {"bool", "f16", "f32", "f64", "i8", "i32", "i64", "_"}


def is_tensor(item: Any) -> bool:
    found = TENSOR.match(item) if isinstance(item, str) else None
    return found is not None and found[1] in ELEMENTS


def parts(item: str) -> tuple[str, list[str]]:
    found = TENSOR.match(item)
    assert found is not None
    return found[1], found[2].split(",") if found[2] else []


def tensor(dtype: str, dims: list[str]) -> str:
    return f"{dtype}[{','.join(dims)}]"


def _forms(n: int, item: str) -> dict[str, str]:
    """What one argument is varied to; ``n`` keeps names of different arguments apart."""
    dtype, dims = parts(item)
    rank = len(dims)
    other = {"f32": "i32", "bool": "i8"}.get(dtype, "f32")
    forms = {
        "symbols": tensor(dtype, [f"{'xyzuvw'[n]}{k}" for k in range(rank)]),
        "rank": f"{dtype}[?{rank}]",
        "nothing": f"{dtype}[?]",
        "dtype": tensor("_", dims),
        "rank, dtype": f"_[?{rank}]",
        "all": "_[?]",
        "shape": f"{dtype}[$s{n}:?{rank}]",
        "shape nothing": f"{dtype}[$s{n}:?]",
        "shape known": f"{dtype}[$s{n}:{','.join(dims)}]",
        "device": f"{item}@v0",
        "more": tensor(dtype, ["2", *dims]),
        "more unknown": f"{dtype}[?{rank + 1}]",
        "kind": tensor(other, dims),
        "half": tensor("f16", dims),
        "no tensor": f"S[{','.join(dims)}]",
    }
    if rank:
        forms["fewer"] = tensor(dtype, dims[1:])
        forms["fewer unknown"] = f"{dtype}[?{rank - 1}]"
        for k in range(rank):
            changed = [f"({dim})+1" if n == k and not dim.isdigit() else dim for n, dim in enumerate(dims)]
            forms[f"size {k}"] = tensor(
                dtype,
                [*changed[:k], *([str(int(dims[k]) + 1)] if dims[k].isdigit() else [changed[k]]), *changed[k + 1 :]],
            )
            forms[f"one {k}"] = tensor(dtype, [*dims[:k], "1", *dims[k + 1 :]])
            forms[f"symbol {k}"] = tensor(dtype, [*dims[:k], f"{'xyzuvw'[n]}{k}", *dims[k + 1 :]])
            forms[f"term {k}"] = tensor(dtype, [*dims[:k], f"{'xyzuvw'[n]}{k}*2+1", *dims[k + 1 :]])
    return forms


_PAIRED = ("symbols", "rank", "nothing", "all", "shape", "device")


def cases(
    op: str, args: tuple[Any, ...], attrs: dict[str, Any]
) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    places = [(n, None) for n, item in enumerate(args) if is_tensor(item)]
    places += [
        (n, k) for n, item in enumerate(args) if isinstance(item, list) for k, x in enumerate(item) if is_tensor(x)
    ]
    places.sort(key=lambda place: (place[0], place[1] or 0))

    def at(place):
        return args[place[0]] if place[1] is None else args[place[0]][place[1]]

    def changed(values):
        made = [list(item) if isinstance(item, list) else item for item in args]
        for (n, k), value in values.items():
            if k is None:
                made[n] = value
            else:
                made[n][k] = value
        return op, tuple(made), attrs

    yield op, args, attrs
    forms = [_forms(n, at(place)) for n, place in enumerate(places[:6])]
    places = places[:6]
    for place, own in zip(places, forms, strict=True):
        for value in own.values():
            yield changed({place: value})
    if len(places) > 1:
        for form in (
            "symbols",
            "rank",
            "nothing",
            "dtype",
            "rank, dtype",
            "all",
            "shape",
            "shape nothing",
            "shape known",
            "device",
            "half",
        ):
            yield changed({place: own[form] for place, own in zip(places, forms, strict=True)})
        if len({len(parts(at(place))[1]) for place in places}) == 1:
            yield changed(dict.fromkeys(places, forms[0]["shape"]))
            yield changed(dict.fromkeys(places, forms[0]["symbols"]))
        for a, b in itertools.combinations(range(len(places)), 2):
            if (a, b) == (0, 1) or len(places) < 4:
                for x, y in itertools.product(_PAIRED, _PAIRED):
                    if x != y:
                        yield changed({places[a]: forms[a][x], places[b]: forms[b][y]})
    yield from _same_symbols(op, args, attrs)


def _same_symbols(op, args, attrs):
    """Equal sizes become the same variable everywhere, also in shapes."""

    def names(text):
        return re.sub(r"(?<![\w#])(\d+)(?!\w)", lambda m: m[1] if m[1] in ("0", "1") else f"d{m[1]}", text)

    def convert(item):
        if isinstance(item, list):
            return [convert(x) for x in item]
        if is_tensor(item):
            dtype, dims = parts(item)
            return tensor(dtype, [names(dim) for dim in dims])
        if isinstance(item, str) and item[:1] == "(":
            return names(item)
        return item

    made = tuple(map(convert, args))
    if made != args:
        yield op, made, attrs
