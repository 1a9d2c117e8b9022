"""Programs of open sizes: a function is made for the sizes that come, and does what it does op by op."""

from typing import Any

import numpy as np
import pytest

from cpu_backend import sized
from cpu_backend.cache import KernelCache
from cpu_backend.machine import Machine
from relay_compat.interpret import evaluate
from relay_compat.lower import lower
from relay_compat.text.parser import parse
from tensor_core.diagnostics import DiagnosticError

BODIES = {
    "chain": "exp(negative(add(%x, %y)))",
    "joined": "sum(concatenate((exp(%x), %y, %x), axis=1), axis=[1])",
    "split": "split(add(%x, %y), indices_or_sections=2, axis=1)",
    "of a split": "let %s = split(tanh(%x), indices_or_sections=2, axis=1); add(%s.0, %s.1)",
    "product": "nn.softmax(nn.dense(%x, %y, units=None))",
    "chosen": "if (greater(sum(%x), 0f)) { exp(%x) } else { concatenate((%x, %y), axis=0) }",
    "data": 'cast(argwhere(greater(%x, %y)), dtype="float32")',
}


def module(body: str) -> Any:
    tensor = "Tensor[(?, 4), float32]"
    return parse(f'#[version = "0.0.5"]\ndef @main(%x: {tensor}, %y: {tensor}) {{ {body} }}')


def arrays(rows: int) -> list[np.ndarray]:
    return [np.random.default_rng(seed).standard_normal((rows, 4)).astype("float32") for seed in (1, 2)]


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("fuse", [False, True])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_size_computes_what_the_interpreter_does(body: str, fuse: bool) -> None:
    program = module(body)
    machine = Machine(lower(program), cache=KernelCache(), fuse=fuse)
    for rows in (1, 3, 0, 3, 1):
        same(machine.run(arrays(rows)), evaluate(program, arrays(rows)))


@pytest.mark.parametrize("name", BODIES)
def test_watched_runs_take_op_by_op(name: str) -> None:
    program = module(BODIES[name])
    machine = Machine(lower(program), cache=KernelCache(), fuse=True)
    seen: list[Any] = []
    watched = machine.run(arrays(3), observe=lambda origin, _: seen.append(origin))
    assert seen
    same(machine.run(arrays(3)), watched)


def test_a_size_is_compiled_once_and_its_kernels_are_joined() -> None:
    cache = KernelCache()
    machine = Machine(lower(module(BODIES["chain"])), cache=cache, fuse=True)
    counts: list[int] = []
    for rows in (2, 2, 5, 2, 5):
        machine.run(arrays(rows))
        counts.append(len(cache))
    assert counts == [1, 1, 2, 2, 2]


def test_sizes_beyond_the_most_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sized, "_MOST", 2)
    program = module(BODIES["joined"])
    machine = Machine(lower(program), cache=KernelCache())
    for rows in (1, 2, 3, 4, 2, 3):
        same(machine.run(arrays(rows)), evaluate(program, arrays(rows)))


@pytest.mark.parametrize("rows", [(2, 3), (3, 2)])
def test_what_does_not_fit_is_refused_every_time(rows: tuple[int, int]) -> None:
    machine = Machine(lower(module(BODIES["chain"])), cache=KernelCache())
    (x, _), (_, y) = map(arrays, rows)
    for _ in range(2):
        with pytest.raises(DiagnosticError, match="R2R060"):
            machine.run([x, y])
        with pytest.raises(DiagnosticError, match="R2R0602"):
            machine.run([x, y[:, :3]])
    same(machine.run([x, x]), evaluate(module(BODIES["chain"]), [x, x]))
