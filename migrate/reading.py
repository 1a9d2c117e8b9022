"""Read a module from whatever TVM wrote: Relay text, a save_json file, or Relax TVMScript; with parameters beside
it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import numpy as np

import relax_core.ir.expr as relax
from migrate.params.arrays import native
from migrate.params.files import ENDINGS, read_params
from migrate.whole_file import read_bytes
from relax_core.text.reader import read as read_script
from relay_compat.json.reader import load_json
from relay_compat.text.parser import parse
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.limits import Limits
from tensor_core.module import IRModule

Params = Mapping[str, np.ndarray] | str | os.PathLike[str]

_SCRIPT = re.compile(
    r"^\s*(@I\.ir_module|@R\.function|@T\.prim_func|# from tvm\.script|from tvm\.script|import tvm)", re.MULTILINE
)


def load(
    path_or_text: str | os.PathLike[str],
    params: Params | None = None,
    *,
    release: str | None = None,
    limits: Limits | None = None,
) -> IRModule:
    """Read a Relay or Relax module.

    ``path_or_text`` is a file (Relay text, JSON of ``tvm.ir.save_json``, TVMScript) or the text itself; a string with a
    line break or a leading brace or ``#[version`` counts as text. ``params``: arrays by parameter name, or a file
    written by ``relay.save_param_dict``, an ``.npz`` or a ``.safetensors``; they end up in ``module.params``.
    ``release``: the TVM release the module was written for. By default a JSON file says so, a text is of 0.19 unless
    its metadata says otherwise, a script's syntax says so, and where it does not, it is of the newest.
    ``limits``: the largest sizes that are read, in bytes and counts; by default those that guard against hostile
    files.
    Arrays keep their shapes and element types, which must be those of the parameters once they are used (R2R0503).
    Raises DiagnosticError for everything that cannot be read (codes R2R01xx, R2R03xx, R2R07xx).

    Source: Relay's text format 0.0.5 and JSON as TVM 0.19 writes and reads them, byte for byte; TVMScript of TVM 0.19
    to 0.27.
    """
    limits = limits or Limits()
    text, name = _text_of(path_or_text, limits)
    module = parse_module(text, name, release, limits)
    if params is not None:
        found = params if isinstance(params, Mapping) else read_params(params, limits)
        module.params.update({name: native(array) for name, array in found.items()})
        _check_params(module)
        _name_types(module)
    return module


def parse_module(text: str, name: str, release: str | None = None, limits: Limits | None = None) -> IRModule:
    """A module from text in any of the three formats; ``name`` is the source's name in messages. R2R0110 for an empty
    text.
    """
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if not start:
        raise fail(codes.NOT_TEXT, f"{name} is empty", hint="give a Relay text, a tvm.ir.save_json file or a TVMScript")
    if start == "{":
        return load_json(text, name, limits=limits, release=release)
    if _SCRIPT.search(text):
        return read_script(text, name, release)
    return parse(text, name, limits=limits, release=release)


def params_beside(script: Path) -> Path:
    """Where the arrays that belong to a script are kept: ``m.params.npz`` beside ``m.py``."""
    return script.parent / f"{script.stem}.params.npz"


def arrays_beside(script: Path) -> Path | None:
    """The file of arrays that lies beside a script, of any ending; None when there is none."""
    beside = params_beside(script)
    return next((path for ending in ENDINGS if (path := beside.with_suffix(ending)).exists()), None)


def is_relax(module: IRModule) -> TypeGuard[relax.IRModule]:
    """Whether the module holds Relax functions (or tensor programs) rather than Relay ones."""
    return any(
        isinstance(function, (relax.Function, relax.PrimFunc, relax.ExternFunc))
        for function in module.functions.values()
    )


def _text_of(path_or_text: str | os.PathLike[str], limits: Limits) -> tuple[str, str]:
    if isinstance(path_or_text, str) and ("\n" in path_or_text or path_or_text.lstrip().startswith(("{", "#[version"))):
        return path_or_text, "from_string"
    data = read_bytes(path_or_text, limits)
    try:
        return data.decode("utf-8-sig"), str(path_or_text)
    except UnicodeDecodeError as error:
        raise fail(
            codes.NOT_TEXT,
            f"{path_or_text} is not UTF-8 text: byte {error.start} cannot be decoded",
            hint="give a Relay text, a tvm.ir.save_json file or a TVMScript; parameter files go to --params",
        ) from error


def _check_params(module: IRModule) -> None:
    names = {param.name for function in module.functions.values() for param in getattr(function, "params", ())}
    unknown = sorted(set(module.params) - names)
    if unknown and not names & set(module.params):
        raise fail(
            codes.PARAM_MISMATCH,
            f"none of the {len(unknown)} arrays belongs to the module; the first is called {unknown[0]!r}",
            hint="give the parameter file that was saved with this module",
        )


def _name_types(module: IRModule) -> None:
    """Give raw bytes the element type that the program declares (see :mod:`migrate.params.npz`)."""
    for function in module.functions.values():
        for param in getattr(function, "params", ()):
            array, type_ = module.params.get(param.name), getattr(param, "ty", None) or getattr(param, "checked", None)
            dtype = getattr(type_ or getattr(param, "type_annotation", None), "dtype", "")
            if array is not None and array.dtype.kind == "V" and array.dtype.names is None and dtypes.is_known(dtype):
                kind = dtypes.to_numpy(dtype)
                if kind.itemsize == array.dtype.itemsize:
                    module.params[param.name] = array.view(kind)
