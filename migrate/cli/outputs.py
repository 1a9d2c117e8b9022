"""The files that a Relax module becomes: the script, its arrays, and what real TVM needs to run it."""

from __future__ import annotations

from pathlib import Path

from migrate.forward.result import ConversionResult
from migrate.params.files import Writer, params_writer


def conversion_files(
    result: ConversionResult, output: Path | None, arrays: Path | None
) -> tuple[str, dict[Path, bytes | Writer]]:
    """The script, which says how to bind the ``arrays``, and what to write: the script only where there is an
    ``output``.
    """
    script = result.script(_named(arrays, output))
    files: dict[Path, bytes | Writer] = {}
    if output is not None:
        files[output] = script.encode()
        runtime = result.runtime_script()
        if runtime is not None:
            files[output.with_name(f"{output.stem}_runtime.py")] = runtime.encode()
    if arrays is not None and result.module.params:
        files[arrays] = params_writer(arrays, result.module.params)
    return script, files


def _named(arrays: Path | None, script: Path | None) -> str:
    """The parameter file as the script names it: from its own folder where it lies there."""
    if arrays is None:
        return ""
    beside = script is not None and arrays.resolve().parent == script.resolve().parent
    return arrays.name if beside else str(arrays)
