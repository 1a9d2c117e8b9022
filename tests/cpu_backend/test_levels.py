"""Recorded programs at every level of optimisation, on two threads, as code that runs once, in strict order, and for
processors with narrower vectors.

A fixed slice by default; ``RELAY2RELAX_ALL_LEVELS=1`` takes every evaluated and every front-end case, and prints what
came of them.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import recorded
import recorded_programs
from recorded_programs import Array, Program

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

EVERY = 1 if os.environ.get("RELAY2RELAX_ALL_LEVELS") == "1" else 47
READERS = {"evaluated": recorded_programs.evaluated, "onnx": recorded_programs.onnx}


@dataclass(frozen=True)
class Way:
    """How a program is compiled and run."""

    name: str
    options: Options
    threads: int = 1


WAYS = (
    *(Way(f"level {level}", Options(level=level)) for level in range(4)),
    Way("two threads", Options(), 2),
    Way("once", Options(once=True)),
    Way("strict", Options(strict=True)),
    Way("strict, two threads", Options(strict=True), 2),
)
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


def answers(program: Program) -> Iterator[tuple[Way, list[Array], Judge]]:
    """What a program gives however it is compiled, where the interpreter's answer is right."""
    try:
        judge = Judge(program.module, program.args, leaves(evaluate(program.module, program.args)))
        lowered = lower(program.module)
        if not recorded_programs.judged(program, "interpreter", list(judge.expected), judge).right:
            return
    except DiagnosticError:
        return
    for way in WAYS:
        machine = Machine(lowered, options=way.options, cache=KernelCache(), thread_count=way.threads)
        yield way, leaves(machine.run(program.args)), judge


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("name", READERS)
def test_recorded_programs_are_right_however_they_are_compiled(
    name: str, corpus: Callable[[str], recorded.Corpus]
) -> None:
    failures: list[str] = []
    outcomes: Counter[str] = Counter()
    for program in programs(corpus(name), name):
        strict: set[bytes] = set()
        for way, answer, judge in answers(program):
            verdict = recorded_programs.judged(program, "backend", answer, judge)
            outcomes[f"{way.name}: {verdict.outcome}"] += 1
            # Where rounding is amplified without bound, no other order of it can be judged.
            if not verdict.right and verdict.outcome != Outcome.INCONCLUSIVE.value:
                failures.append(f"{program.name}, {way.name}: {verdict.outcome}: {verdict.reason}")
            if way.options.strict:
                strict.add(b"".join(array.tobytes() for array in answer))
        if len(strict) > 1:
            failures.append(f"{program.name}: runs in strict order differ")
    print(*sorted(outcomes.items()), sep="\n")
    assert sum(outcomes.values()) > 3 * len(WAYS)
    assert not failures
