"""Read a module from whatever TVM wrote: Relay text, a save_json file, or Relax TVMScript; with parameters beside
it.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import numpy as np

import relax_core.ir.expr as relax
from relax_core.text.reader import read as read_script
from relay_compat.json.reader import load_json
from relay_compat.params import load_params
from relay_compat.text.parser import parse
from tensor_core import codes
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
    written by ``relay.save_param_dict``, or an ``.npz``; they end up in ``module.params``.
    ``release``: the TVM release the module was written for. By default a JSON file says so, a text is of 0.19 unless
    its metadata says otherwise, a script's syntax says so, and where it does not, it is of the newest.
    Raises DiagnosticError for everything that cannot be read (codes R2R01xx, R2R03xx, R2R07xx).
    """
    limits = limits or Limits()
    text, name = _text_of(path_or_text, limits)
    module = parse_module(text, name, release, limits)
    if params is not None:
        module.params.update(params if isinstance(params, Mapping) else read_params(params, limits))
        _check_params(module)
    return module


def parse_module(text: str, name: str, release: str | None = None, limits: Limits | None = None) -> IRModule:
    """A module from text in any of the three formats; ``name`` is the source's name in messages."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if not start:
        raise fail(codes.NOT_TEXT, f"{name} is empty", hint="give a Relay text, a tvm.ir.save_json file or a TVMScript")
    if start == "{":
        return load_json(text, name, limits=limits, release=release)
    if _SCRIPT.search(text):
        return read_script(text, name, release)
    return parse(text, name, limits=limits, release=release)


def read_bytes(path: str | os.PathLike[str], limits: Limits | None = None) -> bytes:
    """The bytes of a file; R2R0701 when it cannot be read, R2R0111 when it is larger than the limit."""
    limits = limits or Limits()
    try:
        # A device or a pipe has no size: never read more than the limit.
        with Path(path).open("rb") as stream:
            data = stream.read(min(limits.bytes, os.fstat(stream.fileno()).st_size or limits.bytes) + 1)
            data += stream.read(limits.bytes + 1 - len(data)) if data else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise fail(codes.FILE_MISSING, f"cannot read {path}: {reason}", hint="check the path") from error
    if len(data) > limits.bytes:
        raise fail(
            codes.LIMIT, f"{path} is larger than {limits.bytes} bytes", hint="raise the limit if you trust the file"
        )
    return data


def read_params(path: str | os.PathLike[str], limits: Limits | None = None) -> dict[str, np.ndarray]:
    """Arrays by name from a ``relay.save_param_dict`` file or an ``.npz``."""
    if str(path).endswith(".npz"):
        return read_npz(path, limits)
    return load_params(read_bytes(path, limits), str(path))


def read_npz(path: str | os.PathLike[str], limits: Limits | None = None) -> dict[str, np.ndarray]:
    """Arrays by name from an ``.npz``; nothing in it is executed. R2R0302 when it is damaged."""
    data = read_bytes(path, limits)
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise fail(codes.BAD_PARAMS, f"{path} is not an .npz", hint="write it with numpy.savez, arrays by name")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise fail(
            codes.BAD_PARAMS, f"{path} is not a readable .npz: {error}", hint="write it with numpy.savez"
        ) from error


def params_beside(script: Path) -> Path:
    """Where the arrays that belong to a script are kept: ``m.params.npz`` beside ``m.py``."""
    return script.parent / f"{script.stem}.params.npz"


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
