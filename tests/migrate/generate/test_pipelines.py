"""The properties of TVM's pipeline notice a fusion that is wrong."""

from typing import Any

import pytest

from migrate.verify.generate import draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.features import PLAIN
from migrate.verify.properties.pipelines import fused, planned
from relax_core.fusion.fused_program import Fused
from relax_core.passes import fuse_tir as fusing
from tensor_core.tir.stmt import AllocBuffer, SeqStmt


def _without_first(made: Fused) -> Fused:
    """The program without its first stage."""
    wrappers: list[Any] = []
    body = made.program.body
    while isinstance(body, AllocBuffer):
        wrappers.append(body.buffer)
        body = body.body
    if not isinstance(body, SeqStmt):
        return made
    body = SeqStmt(body.seq[1:])
    for buffer in reversed(wrappers):
        body = AllocBuffer(buffer, body)
    return Fused(made.program.replace(body=body), made.args, made.in_place)


@pytest.mark.parametrize("subject", [fused(), planned()], ids=["fused", "planned"])
def test_a_stage_that_is_lost_is_noticed(subject: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = [draw_program(of_seed(seed), features=PLAIN) for seed in range(6)]
    checks = [subject.check(program) for program in programs]
    assert not any(check.failed for check in checks)
    assert sum(check.changed for check in checks) > 3
    real = fusing.fused_program

    def faulty(*args: Any) -> Fused | None:
        made = real(*args)
        return None if made is None else _without_first(made)

    monkeypatch.setattr(fusing, "fused_program", faulty)
    assert any(subject.check(program).failed for program in programs)
