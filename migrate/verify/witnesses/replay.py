"""What the test files of witnesses call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from migrate.params.npz import read_npz
from migrate.reading import is_relax, load, parse_module
from migrate.values import Array, Value
from migrate.verify.check import verify
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check
from migrate.verify.verdict import Verdict
from relax_core.normalize import normalize
from relay_compat.types.infer import infer_types
from tensor_core import dtypes
from tensor_core.data_values import DataValue, RefValue

__all__ = ["DataValue", "RefValue", "array", "arrays_in", "raw", "replay", "verdict"]


def replay(module: str, inputs: Sequence[Value], subject: str) -> Check:
    """What a property, by its name, finds on a program: the text of its module, and the arguments of ``main``.

    Names are those of :func:`migrate.verify.campaign.subjects.subject`. What the property raises is a Check that
    failed. DiagnosticError when the module cannot be read or there is no such property.
    """
    from migrate.verify.campaign.subjects import subject as property_of
    from migrate.verify.reduce.failure import examine

    return examine(property_of(subject), read_program(module, inputs))


def read_program(module: str, inputs: Sequence[Value], name: str = "the module") -> Program:
    """A typed program from the text of its module."""
    read = parse_module(module, name)
    return Program(normalize(read) if is_relax(read) else infer_types(read), tuple(inputs))


def verdict(left: str, right: str, inputs: Sequence[Value], arrays: Path | None = None) -> Verdict:
    """What the comparison of two modules by their texts finds on arguments; ``arrays``: those of the right one."""
    return verify(parse_module(left, "left"), load(f"{right}\n", arrays), inputs)


def array(elements: Any, dtype: str) -> Array:
    """An array of an element type by TVM's name."""
    return np.array(elements, dtypes.to_numpy(dtype))


def raw(data: str, dtype: str, shape: Sequence[int]) -> Array:
    """An array from its bytes in hexadecimal."""
    return np.frombuffer(bytes.fromhex(data), dtypes.to_numpy(dtype)).reshape(tuple(shape))


def arrays_in(test: str, name: str, types: Sequence[str]) -> list[Array]:
    """The arrays of a file beside a test, in order, with their element types: numpy's format lacks names for some."""
    found = read_npz(Path(test).with_name(name))
    return [found[f"a{n}"].view(dtypes.to_numpy(dtype)) for n, dtype in enumerate(types)]
