"""Built Relax modules as files: a JSON document that holds the module's text and arrays.

Machine code is not stored; a module is compiled again where it is loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from relax_core.ir.expr import IRModule
from relax_core.text.printer import print_module
from relax_core.text.reader import read as read_script
from tensor_core import codes
from tensor_core.diagnostics import fail

FORMAT = "relay2relax relax program 1"


def write(module: IRModule, release: str) -> str:
    """The document. Errors as :func:`print_module`."""
    return json.dumps({"format": FORMAT, "release": release, "module": print_module(module, release, release)})


def is_saved(text: str) -> bool:
    """Whether a text is such a document."""
    return text.startswith(f'{{"format": "{FORMAT}"')


def read(text: str) -> tuple[IRModule, str]:
    """The module of a document, and the release whose meaning its operators have.

    DiagnosticError R2R0301 for a text that is none, and as the reader of scripts raises it.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    document = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    release, module = document.get("release"), document.get("module")
    if document.get("format") != FORMAT or not isinstance(release, str) or not isinstance(module, str):
        raise fail(codes.BAD_JSON, "no saved Relax program", hint="write one with export_library")
    return read_script(module, release=release), release


def load(path: Any) -> Any:
    """The executable module of a file."""
    from relax_core.backend.executable import ExecutableModule

    return ExecutableModule(*read(Path(str(path)).read_text("utf-8")))
