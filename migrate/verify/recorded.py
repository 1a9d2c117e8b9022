"""Answers that somebody wrote down: arguments and outputs, to which a module is held."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrate.params.npz import read_npz
from migrate.values import Array
from tensor_core import codes
from tensor_core.diagnostics import fail

INPUT, OUTPUT = "input:", "output:"
"""What the names of arrays begin with in a file that holds both."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """``outputs``: the arrays of the result, left to right; ``inputs`` by parameter name, as far as they are recorded.
    ``name`` is for messages.
    """

    outputs: Sequence[Array]
    inputs: Mapping[str, Array] = field(default_factory=dict[str, Array])
    name: str = "recorded outputs"


def read_recorded(path: str | os.PathLike[str]) -> Recorded:
    """Recorded arrays in an ``.npz``: ``input:NAME`` for each argument and ``output:NAME`` for each output, in order;
    without any such name, all arrays are outputs, in their order in the file.

    R2R0503 when there are inputs and no outputs; for damage as :func:`migrate.params.npz.read_npz`.
    """
    arrays = read_npz(path)
    inputs = {name.removeprefix(INPUT): array for name, array in arrays.items() if name.startswith(INPUT)}
    outputs = [array for name, array in arrays.items() if name.startswith(OUTPUT)]
    if not inputs and not outputs:
        outputs = list(arrays.values())
    if not outputs:
        hint = f"name them {OUTPUT}0, {OUTPUT}1 and so on"
        raise fail(codes.BAD_INPUTS, f"{path} holds no recorded outputs", hint=hint)
    return Recorded(outputs, inputs, str(path))
