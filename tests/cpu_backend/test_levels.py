"""Recorded programs at every level of optimisation, as code that runs once, and for processors with narrower vectors.

A fixed slice by default; ``RELAY2RELAX_ALL_LEVELS=1`` takes every evaluated and every front-end case.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import recorded
import recorded_programs
from recorded_programs import Program

from cpu_backend import llvm
from cpu_backend.cache import KernelCache
from cpu_backend.jit import Options
from cpu_backend.machine import Machine
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.verdict import Outcome
from relay_compat.interpret import evaluate
from relay_compat.lower import lower
from tensor_core.diagnostics import DiagnosticError

EVERY = 1 if os.environ.get("RELAY2RELAX_ALL_LEVELS") == "1" else 149
READERS = {"evaluated": recorded_programs.evaluated, "onnx": recorded_programs.onnx}
WAYS = {**{f"level {level}": Options(level=level) for level in range(4)}, "once": Options(once=True)}
HOSTS: dict[str, llvm.Host | None] = {
    "this": None,
    "avx2": llvm.Host("haswell", "", 256, 16, has_half=True),
    "sse": llvm.Host("x86-64", "", 128, 16, has_half=False),
}


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    wanted = HOSTS[request.param]
    if wanted is not None and wanted.vector_bits >= llvm.host().vector_bits:
        pytest.skip("this processor's vectors are not wider")
    with pytest.MonkeyPatch.context() as patch:
        if wanted is not None:
            patch.setattr(llvm, "host", lambda: wanted)
        yield request.param


def programs(corpus: recorded.Corpus, name: str) -> Iterator[Program]:
    """Every so-manieth program that reader, interpreter and lowering take."""
    for row in corpus.rows[::EVERY]:
        try:
            yield READERS[name](corpus, row)
        except (DiagnosticError, ValueError):
            continue


def wrong(program: Program) -> dict[str, str]:
    """By way of compiling, why what the program gives is not right."""
    try:
        judge = Judge(program.module, program.args, leaves(evaluate(program.module, program.args)))
        lowered = lower(program.module)
        if not recorded_programs.judged(program, "interpreter", list(judge.expected), judge).right:
            return {}
    except DiagnosticError:
        return {}
    found: dict[str, str] = {}
    for way, options in WAYS.items():
        answer = leaves(Machine(lowered, options=options, cache=KernelCache()).run(program.args))
        verdict = recorded_programs.judged(program, "backend", answer, judge)
        # Where rounding is amplified without bound, no other order of it can be judged.
        if not verdict.right and verdict.outcome != Outcome.INCONCLUSIVE.value:
            found[way] = f"{verdict.outcome}: {verdict.reason}"
    return found


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("name", READERS)
def test_recorded_programs_are_right_however_they_are_compiled(
    name: str, corpus: Callable[[str], recorded.Corpus]
) -> None:
    failures: dict[str, Any] = {}
    count = 0
    for program in programs(corpus(name), name):
        count += 1
        if found := wrong(program):
            failures[program.name] = found
    assert count > 3
    assert not failures
