"""What a user has that failed: a model with arguments, or the folder of a campaign's finding."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from migrate.execution import known_args, parameters
from migrate.params.npz import read_npz
from migrate.reading import is_relax, load
from migrate.values import Array, Value
from migrate.verify.generate.program import Program
from migrate.verify.inputs import complete_inputs
from migrate.verify.properties.structure import equal
from migrate.verify.properties.verified import NAME, verified
from migrate.verify.reduce.search import Tick, reduce
from migrate.verify.verdict import Verdict
from migrate.verify.witnesses.write import Case, witness_files
from migrate.whole_file import read_bytes
from relax_core.normalize import normalize
from relay_compat.types.infer import infer_types
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.types import TensorType, TupleType, Type

_PLACE = re.compile(r"arg(\d+)((?:\.\d+)*)\Z")


@dataclass(frozen=True, slots=True)
class Given:
    """A program, the property that failed on it, and where both come from, in words."""

    program: Program
    subject: str
    source: str


def read_given(
    path: Path, params: Path | None = None, inputs: Path | None = None, seed: int = 0, release: str | None = None
) -> Given:
    """The program in a file, arguments that are not given drawn from ``seed``; or a finding's. DiagnosticError for
    what cannot be read, R2R0503 for arguments that do not fit.
    """
    if path.is_dir():
        return _finding(path)
    module = load(path, params, release=release)
    module = normalize(module) if is_relax(module) else infer_types(module)
    known = known_args(module, read_npz(inputs) if inputs is not None else {})
    drawn = any(value is None for value in known)
    args = complete_inputs(module, known, "main", seed)
    source = f"{path.name} with arguments of seed {seed}" if drawn else path.name
    return Given(Program(module, tuple(args)), NAME, source)


def _finding(folder: Path) -> Given:
    try:
        facts = json.loads(read_bytes(folder / "finding.json"))
        subject, source = str(facts["subject"]), str(facts["source"])
    except (ValueError, KeyError, TypeError) as error:
        raise fail(
            codes.BAD_INPUTS, f"{folder} holds no finding: {error}", hint="give a folder of a campaign"
        ) from error
    module = _module(folder)
    arrays = read_npz(folder / "inputs.npz")
    try:
        args = _arguments(module, arrays)
    except DiagnosticError:
        # Values that are no arrays are not in the file, but they follow from the seed.
        return Given(_drawn_again(facts, module), subject, f"the campaign's program {source}")
    return Given(Program(module, args), subject, f"the campaign's program {source}")


def _module(folder: Path) -> IRModule:
    script = folder / "program.py"
    if script.exists():
        # The packed function of generated programs is registered there.
        import_module("migrate.verify.generate.relax")
    module = load(script if script.exists() else folder / "program.relay")
    return normalize(module) if is_relax(module) else infer_types(module)


def _drawn_again(facts: Mapping[str, Any], module: IRModule) -> Program:
    """The program that the finding's plan makes. DiagnosticError R2R0503 where that is another one by now."""
    from migrate.verify.campaign.plan import Plan
    from migrate.verify.campaign.programs import drawn
    from migrate.verify.campaign.subjects import subject

    hint = "reduce it with the release that found it, or give the module and --inputs"
    try:
        made = drawn(Plan.from_json(facts["plan"]), int(facts["number"]), subject(str(facts["subject"])))
    except (KeyError, TypeError, ValueError) as error:
        raise fail(codes.BAD_INPUTS, f"the finding does not say how its program is made: {error}", hint=hint) from error
    if not equal(made.module, module):
        raise fail(codes.BAD_INPUTS, "the generator makes another program of the finding's seed by now", hint=hint)
    return made


def _arguments(module: IRModule, arrays: Mapping[str, Array]) -> tuple[Value, ...]:
    """The arguments as a finding holds them: ``arg1.0`` is a field of the second one."""
    by_place = {match[0]: array for name, array in arrays.items() if (match := _PLACE.match(name))}
    return tuple(_argument(f"arg{n}", type_, by_place) for n, (_, type_) in enumerate(parameters(module)))


def _argument(name: str, type_: Type | None, arrays: Mapping[str, Any]) -> Value:
    if isinstance(type_, TupleType):
        return tuple(_argument(f"{name}.{n}", field, arrays) for n, field in enumerate(type_.fields))
    if name not in arrays or not isinstance(type_, TensorType):
        raise fail(
            codes.BAD_INPUTS, f"the finding holds no {name} of type {type_}", hint="give the module and --inputs"
        )
    return arrays[name].view(dtypes.to_numpy(type_.dtype)) if arrays[name].dtype.kind == "V" else arrays[name]


def reduced_conversion(module: IRModule, verdict: Verdict, source: str, tick: Tick | None = None) -> dict[str, bytes]:
    """The files of the smallest program whose own conversion is found to differ as the verdict says of ``module``."""
    subject = verified()
    program = Program(infer_types(module), tuple(verdict.inputs.values()))
    found = reduce(program, subject, tick=tick)
    words = source if verdict.seed is None else f"{source} with arguments of seed {verdict.seed}"
    return witness_files(Case(found.program, subject, found.check, NAME, words))
