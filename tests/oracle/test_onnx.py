"""ONNX Runtime agrees with Relay's interpreter on what has a form in ONNX."""

from collections.abc import Iterator
from itertools import chain

import pytest
from asked_calls import programs

from migrate.verify.generate import draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.productions import PRODUCTIONS
from migrate.verify.oracles.onnx_oracle import OnnxOracle
from migrate.verify.oracles.onnx_spellings import SPELLINGS
from migrate.verify.oracles.opinions import Suspect, opinions
from migrate.verify.oracles.process import Interpreter
from oracle import environments

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

TABLE = tuple(row for row in PRODUCTIONS if row.card in SPELLINGS)
"""What programs are made of that ONNX can say."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[OnnxOracle]:
    made = OnnxOracle(Interpreter(environments.interpreter(environments.ONNX)))
    yield made
    made.close()


def test_it_agrees_on_generated_programs(runtime: OnnxOracle) -> None:
    panels = [opinions(draw_program(of_seed(seed), 8, TABLE, ()), [runtime]) for seed in range(600)]
    assert [panel for panel in panels if panel.suspect is Suspect.OURS] == []
    assert sum(panel.suspect is Suspect.NOBODY for panel in panels) > 150


def test_it_agrees_on_drawn_calls(runtime: OnnxOracle) -> None:
    answered, wrong = set(), []
    # Few of the drawn norms are of float32 with scale and shift.
    for name, program in chain(programs(16, frozenset(SPELLINGS)), programs(200, frozenset({"nn.batch_norm"}))):
        panel = opinions(program, [runtime])
        if panel.suspect is Suspect.OURS:
            wrong.append((name, panel.opinions[0].reason))
        elif panel.suspect in (Suspect.NOBODY, Suspect.KNOWN):
            answered.add(name)
    assert wrong == []
    assert set(SPELLINGS) == answered
