"""Built programs as files: a JSON document that holds the module, as TVM 0.19's JSON, and its parameters.

Machine code is not stored; a program is compiled again where it is loaded.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from relay_compat.ir.module import IRModule
from relay_compat.json.reader import load_object
from relay_compat.json.writer import save_json
from relay_compat.params import load_params, save_params
from tensor_core import codes
from tensor_core.diagnostics import fail

FORMAT = "relay2relax program 1"
VM = "vm"
KINDS = (VM, "graph", "aot")


@dataclass(frozen=True, slots=True)
class Saved:
    """A program as it is stored: for the virtual machine, or built under a name for the graph or AOT executor."""

    kind: str
    module: IRModule
    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])


def write(saved: Saved) -> str:
    """The document."""
    params = base64.b64encode(save_params(saved.params)).decode() if saved.params else ""
    own = {"format": FORMAT, "kind": saved.kind, "name": saved.name, "params": params}
    return json.dumps({**own, "module": save_json(saved.module)})


def read(text: str) -> Saved:
    """The program in a document. DiagnosticError R2R0301 for a text that is none, and as the readers of JSON and
    parameters raise it.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or cast("dict[str, Any]", found).get("format") != FORMAT:
        raise _none("a saved program is a JSON document that says so")
    document = cast("dict[str, Any]", found)
    kind, name, params, module = (document.get(key) for key in ("kind", "name", "params", "module"))
    if kind not in KINDS or not all(isinstance(part, str) for part in (name, params, module)):
        raise _none("parts of the saved program are missing")
    loaded = load_object(cast(str, module))
    if not isinstance(loaded, IRModule):
        raise _none("the saved program holds no module")
    arrays = load_params(base64.b64decode(cast(str, params))) if params else {}
    return Saved(cast(str, kind), loaded, cast(str, name), arrays)


def _none(message: str) -> Exception:
    return fail(codes.BAD_JSON, message, hint="write one with export_library")


def load_module(path: Any) -> Any:
    """The program of a file: an ExecutableModule, or what ``relay.build`` answered."""
    saved = read(Path(str(path)).read_text("utf-8"))
    if saved.kind == VM:
        return import_module("relay_compat.backend.executable").ExecutableModule(saved.module)
    builder = import_module("relay_compat.build_module")
    kind = import_module("relay_compat.backend.executor").Executor(saved.kind)
    return builder.build(saved.module, "llvm", executor=kind, params=saved.params, mod_name=saved.name)
