"""What a verification says of each call of a report, read off its machine form: one made now, or one of a file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from migrate.report.page.links import Place, aligned
from migrate.report.page.relay_calls import RelayCall
from tensor_core import codes
from tensor_core.diagnostics import fail

EXACT, WITHIN, DIFFERENT, OPEN = "exact", "within bound", "different", "not compared"
_WORST_FIRST = (DIFFERENT, OPEN, WITHIN, EXACT)
_PLACE = re.compile(r":(\d+):(\d+)$")


def checked(verdict: Any, name: str) -> dict[str, Any]:
    """A verdict read from a file. R2R0703 for anything else than ``verify --json`` writes."""
    try:
        for layer in verdict.get("layers", ()):
            judged(layer)
            if not isinstance(layer["op"], str) or not isinstance(layer["place"], str):
                raise TypeError
        witness = verdict.get("witness")
        if not isinstance(verdict["outcome"], str) or not (witness is None or {"span", "ratio"} <= witness.keys()):
            raise TypeError
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        hint = "write it by 'relay2relax verify MODEL SCRIPT --per-layer --json'"
        raise fail(codes.BAD_OPTION, f"{name} is no verdict of a verification", hint=hint) from error
    return verdict


def by_call(verdict: Mapping[str, Any], calls: Sequence[RelayCall], places: Mapping[Place, int]) -> dict[int, Any]:
    """By number of a call what its layers say; of a call that was made several times, the worst."""
    layers: Sequence[Mapping[str, Any]] = verdict.get("layers", ())
    numbers = [places.get(at) if (at := place_of(layer.get("span") or layer["place"])) else None for layer in layers]
    if not any(number is not None for number in numbers):
        # The verdict is of a file without lines: what is called in what order has to do.
        said = [call.card for call in calls]
        for layer, call in aligned([layer["op"] for layer in layers], said):
            numbers[layer] = call
    found: dict[int, Any] = {}
    for number, layer in zip(numbers, layers, strict=True):
        if number is None:
            continue
        row = judged(layer)
        if number not in found or _rank(row) < _rank(found[number]):
            found[number] = row
    return _with_witness(found, verdict.get("witness"), places)


def _with_witness(
    found: dict[int, Any], witness: Mapping[str, Any] | None, places: Mapping[Place, int]
) -> dict[int, Any]:
    """The first wrong operator is different, also where its layer knows of nothing that stands for it."""
    number = places.get(place_of(witness["span"]) or (0, 0)) if witness else None
    if witness is None or number is None or found.get(number, {}).get("verdict") == DIFFERENT:
        return found
    return {**found, number: {"verdict": DIFFERENT, "ratio": number_of(witness["ratio"])}}


def judged(layer: Mapping[str, Any]) -> dict[str, Any]:
    """What one layer says, as a part of a call's row."""
    return {"verdict": _said(layer), **{key: number_of(layer[key]) for key in ("error", "bound", "ratio")}}


def place_of(text: str | None) -> Place | None:
    """Line and column of a place as ``FILE:LINE:COLUMN``."""
    match = _PLACE.search(text or "")
    return (int(match[1]), int(match[2])) if match else None


def number_of(value: float | str) -> float:
    """A number of JSON, where those that it cannot say are words."""
    return math.inf if value == "infinite" else float(value)


def _said(layer: Mapping[str, Any]) -> str:
    if layer["agrees"] is None:
        return OPEN
    if not layer["agrees"]:
        return DIFFERENT
    return WITHIN if number_of(layer["error"]) else EXACT


def _rank(row: Mapping[str, Any]) -> tuple[int, float]:
    return _WORST_FIRST.index(row["verdict"]), -row["ratio"]
