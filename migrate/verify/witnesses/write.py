"""The files of a witness.

``test_witness.py`` needs nothing but this package: it fails as long as the fault is there and passes afterwards.
Where the module or an array is large they lie beside it, as ``witness.relay`` and ``witness.npz``.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrate.params.npz import write_npz
from migrate.reading import is_relax
from migrate.values import Array, Value
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.reduce.failure import examine, same_failure
from migrate.verify.verdict import Verdict
from migrate.verify.witnesses.literals import Literals
from migrate.verify.witnesses.replay import read_program
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module as print_script
from relay_compat.json.writer import save_json
from relay_compat.text.printer import print_module
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

_TEXT = 16_000
"""Characters up to which a module stands in the test itself."""
_ELEMENTS = 64
"""Elements up to which an array does."""


@dataclass(frozen=True, slots=True)
class Case:
    """A failure: ``check`` is what ``subject`` found on ``program``. ``name`` is how the property is called,
    ``source`` where the program comes from (a seed, a file).
    """

    program: Program
    subject: Property
    check: Check
    name: str
    source: str = ""


def witness_files(case: Case) -> dict[str, bytes]:
    """Contents by file name. DiagnosticError R2R0503 when the failure is not one of the module as it can be written:
    neither as text nor as JSON does it read back as what fails.
    """
    module, ending = _written(case)
    literals = Literals(_ELEMENTS)
    inputs = _tuple(literals, case.program.args)
    files: dict[str, bytes] = {}
    lines = [_about(case), *_imports(inputs, literals, len(module) > _TEXT), ""]
    lines += [f"PROPERTY = {case.name!r}", f"KEY = {case.check.key!r}"]
    if len(module) > _TEXT:
        files[f"witness{ending}"] = module.encode()
        lines.append(f'MODULE = Path(__file__).with_name("witness{ending}").read_text("utf-8")')
    else:
        lines.append(f"MODULE = {_raw(module)}")
    lines += _large(literals, files)
    lines += [f"INPUTS = {inputs}", "", "", "def test_witness() -> None:"]
    lines += ["    check = replay(MODULE, INPUTS, PROPERTY)", "    assert not check.failed, check.reason", ""]
    return {"test_witness.py": "\n".join(lines).encode(), **files}


def pair_files(left: IRModule, right: str, arrays: Mapping[str, Array], verdict: Verdict) -> dict[str, bytes]:
    """The files of a Relay module and a script, with the ``arrays`` that belong to it, that do not compute the same on
    the verdict's inputs. The modules are not reduced: what made one of the other is not known.
    """
    literals = Literals(_ELEMENTS)
    values = _tuple(literals, list(verdict.inputs.values()))
    files = {"witness.relay": _text(left).encode(), "witness.relax": right.encode()}
    about = ["The two modules beside this file do not compute the same.", "", verdict.reason]
    lines = [_docstring(about), *_imports(values, literals, beside=True, what="verdict"), ""]
    lines += [f'{side} = Path(__file__).with_name("{name}").read_text("utf-8")' for side, name in _SIDES]
    given = "LEFT, RIGHT, INPUTS"
    if arrays:
        files["witness.params.npz"] = _npz(arrays)
        lines.append('ARRAYS = Path(__file__).with_name("witness.params.npz")')
        given += ", ARRAYS"
    lines += _large(literals, files)
    lines += [f"INPUTS = {values}", "", "", "def test_witness() -> None:"]
    lines += [f"    found = verdict({given})", "    assert found, found.reason", ""]
    return {"test_witness.py": "\n".join(lines).encode(), **files}


_SIDES = (("LEFT", "witness.relay"), ("RIGHT", "witness.relax"))


def _large(literals: Literals, files: dict[str, bytes]) -> list[str]:
    """The line that reads the arrays which are too large for the test, whose file is added to ``files``."""
    if not literals.arrays:
        return []
    files["witness.npz"] = _npz({f"a{n}": array for n, array in enumerate(literals.arrays)})
    types = [dtypes.from_numpy(array.dtype) for array in literals.arrays]
    return [f'LARGE = arrays_in(__file__, "witness.npz", {types!r})']


def _npz(arrays: Mapping[str, Array]) -> bytes:
    stream = io.BytesIO()
    write_npz(arrays, stream)
    return stream.getvalue()


def _tuple(literals: Literals, values: Sequence[Value]) -> str:
    items = [f"    {literals.value(value)},\n" for value in values]
    return f"(\n{''.join(items)})" if items else "()"


def _written(case: Case) -> tuple[str, str]:
    """The module as the first text that shows the failure when it is read, and the ending of its file."""
    for write, ending in _SCRIPTS if is_relax(case.program.module) else _TEXTS:
        try:
            module = write(case.program.module)
            read = read_program(module, case.program.args)
        except DiagnosticError:
            continue
        if same_failure(examine(case.subject, read), case.check):
            return module, ending
    raise fail(
        codes.BAD_INPUTS,
        f"what {case.name} finds on the program it does not find on its text",
        hint="the failure depends on more than the program: on a cache, on chance, or on the order of passes",
    )


def _text(module: IRModule) -> str:
    return print_module(module, lossless=True)


def _script(module: IRModule) -> str:
    return print_script(module, made_for=module.release)


def _script_with_arrays(module: IRModule) -> str:
    return print_script(module, made_for=module.release, config=ScriptConfig(show_meta=True))


_TEXTS = ((_text, ".relay"), (save_json, ".json"))
_SCRIPTS = ((_script, ".relax"), (_script_with_arrays, ".relax"))
"""The ways in which a module can be written, the one that is easiest to read first."""


def _about(case: Case) -> str:
    lines = [f"{case.name!r} fails on this program.", "", *case.check.reason.splitlines()]
    lines += ["", f"Failures of one cause share the key {case.check.key!r}."]
    lines += [f"The program comes from {case.source}."] if case.source else []
    return _docstring([*lines, "The test fails as long as the fault is there and passes afterwards."])


def _docstring(lines: Sequence[str]) -> str:
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}\n"""'


def _imports(inputs: str, literals: Literals, beside: bool, what: str = "replay") -> list[str]:
    names = [what, *(name for name in ("DataValue", "RefValue", "array", "raw") if f"{name}(" in inputs)]
    names += ["arrays_in"] if literals.arrays else []
    lines = ["", "from pathlib import Path"] if beside else []
    numbers = [name for name in ("inf", "nan") if name in inputs]
    lines += ["", f"from numpy import {', '.join(numbers)}"] if numbers else []
    return [*lines, "", f"from migrate.verify.witnesses.replay import {', '.join(sorted(names))}"]


def _raw(text: str) -> str:
    """The text as a literal that can be read."""
    if "'''" in text or text.endswith("\\") or "\r" in text:
        return repr(text)
    return f"r'''{text}'''"
