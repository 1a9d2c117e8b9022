"""Parameter files by the ending of their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import BinaryIO

import numpy as np

from migrate.params.npz import OF_OTHERS, read_npz, write_npz
from migrate.params.safetensors import read_safetensors, write_safetensors
from migrate.whole_file import read_bytes
from relay_compat.params import load_params
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.limits import Limits

Writer = Callable[[BinaryIO], None]
"""Writes the content of a file."""

NPZ, SAFETENSORS = ".npz", ".safetensors"
ENDINGS = (NPZ, SAFETENSORS)


def read_params(path: str | os.PathLike[str], limits: Limits | None = None) -> dict[str, np.ndarray]:
    """Arrays by name from an ``.npz``, a ``.safetensors``, or else a ``relay.save_param_dict`` file."""
    name = str(path)
    if name.endswith(NPZ):
        return read_npz(path, limits)
    if name.endswith(SAFETENSORS):
        return read_safetensors(path, limits)
    return load_params(read_bytes(path, limits), name)


def params_writer(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> Writer:
    """What writes the arrays in the format of the path's ending. R2R0703 for an ending of no format that is written."""
    name = str(path)
    if name.endswith(NPZ):
        return partial(write_npz, arrays)
    if name.endswith(SAFETENSORS):
        return partial(write_safetensors, arrays)
    raise fail(codes.BAD_OPTION, f"{name} ends like no parameter file", hint=f"endings: {', '.join(ENDINGS)}")


def how_to_load(path: str, arrays: Mapping[str, np.ndarray], entries: Mapping[str, Sequence[str]]) -> list[str]:
    """Python lines by which somebody with TVM binds the arrays of a file to ``module``. ``entries``: the names of the
    parameters that have arrays, by the function they belong to.
    """
    # What numpy has no name for is raw bytes in an .npz, and makes the library's load_file fail.
    views = {name: array.dtype.name for name, array in arrays.items() if array.dtype.isbuiltin == OF_OTHERS}
    if path.endswith(SAFETENSORS) and views:
        dtypes = {name: array.dtype.name for name, array in arrays.items()}
        lines = ["import ml_dtypes, numpy, pathlib, safetensors", f"dtypes = {dtypes!r}"]
        lines.append(f"found = safetensors.deserialize(pathlib.Path({path!r}).read_bytes())")
        made = "numpy.frombuffer(item['data'], dtypes[name]).reshape(item['shape'])"
        lines.append(f"arrays = {{name: {made} for name, item in found}}")
    elif path.endswith(SAFETENSORS):
        lines = ["from safetensors.numpy import load_file", f"arrays = load_file({path!r})"]
    else:
        lines = ["import numpy", f"arrays = dict(numpy.load({path!r}))"]
        lines += ["import ml_dtypes"] if views else []
        lines += [f"arrays[{name!r}] = arrays[{name!r}].view(ml_dtypes.{dtype})" for name, dtype in views.items()]
    for entry, names in entries.items():
        given = "arrays" if len(names) == len(arrays) else f"{{name: arrays[name] for name in {list(names)!r}}}"
        lines.append(f'module = tvm.relax.transform.BindParams("{entry}", {given})(module)')
    return lines
