"""`verify --oracle-python`: every way of running a model here is held to a TVM's answer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alias_python import alias_python
from click.testing import CliRunner, Result

from migrate.cli.main import main
from migrate.execution import execute
from migrate.reading import load
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Answer, Failure
from migrate.verify.oracles.live_tvm import Tvm
from migrate.verify.oracles.opinions import Suspect, opinions
from migrate.verify.oracles.process import Interpreter
from migrate.verify.oracles.relay_oracle import RelayOracle, engines_of
from migrate.verify.oracles.standing import standing
from migrate.verify.properties.oracles import agrees_with
from migrate.verify.verdict import Outcome

HEADER = '#[version = "0.0.5"]\n'
TEXT = HEADER + "def @main(%x: Tensor[(2, 3), float32], %y: Tensor[(3), float32]) { (exp(%x), add(%x, %y)) }\n"
SIDES = ["Relay, interpreter", "Relay, compiled", "Relax, compiled"]
X = np.arange(6, dtype="float32").reshape(2, 3)


def asked(tmp_path: Path, text: str, *options: str) -> Result:
    (tmp_path / "m.relay").write_text(text)
    python = str(alias_python(tmp_path))
    return CliRunner().invoke(
        main, ["verify", str(tmp_path / "m.relay"), "--oracle-python", python, "--json", *options]
    )


def test_all_sides_are_held_to_the_answer(tmp_path: Path) -> None:
    result = asked(tmp_path, TEXT)
    told = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    assert [side["side"] for side in told["sides"]] == SIDES
    assert {side["outcome"] for side in told["sides"]} <= {"exact", "within bound"}
    assert (told["oracle"]["executor"], told["outputs"]) == ("graph", 2)


def test_what_the_other_side_raises_is_told(tmp_path: Path) -> None:
    result = asked(
        tmp_path, HEADER + "def @main(%x: Tensor[(2), float32]) { add(%x, %x) }\n", "--oracle-import", "no_such_ops"
    )
    told = json.loads(result.stdout)["diagnostics"][0]
    assert (result.exit_code, told["code"]) == (2, "R2R0510")
    assert "no_such_ops" in told["message"]


class _Wrong(Tvm):
    """A TVM whose answers are one too large."""

    def __init__(self) -> None:
        super().__init__(Interpreter(Path("/nowhere")))

    def versions(self) -> dict[str, str]:
        return {"tvm": "0.19.wrong"}

    def relay_run(self, module: str, inputs: Any, *_: Any, **__: Any) -> list[np.ndarray]:
        assert module == TEXT
        x, y = inputs
        return [np.exp(x) + 1, x + y]


def test_a_wrong_side_is_named() -> None:
    with _Wrong() as tvm:
        found = standing(tvm, load(TEXT), TEXT, inputs=[X, X[0]])
    assert not found
    assert [side.outcome for side in found.sides] == [Outcome.DIFFERENT] * 3


class _Says:
    """An oracle that gives what it is made with."""

    def __init__(self, name: str, answer: Answer) -> None:
        self.name, self._answer = name, answer

    def answer(self, program: Program) -> Answer:
        del program
        return self._answer

    def close(self) -> None:
        pass


@pytest.fixture
def program() -> Program:
    return Program(load(TEXT), (X, X[0]))


def right(program: Program) -> Answer:
    return Answer(execute(program.module, program.args, executor="interpreter"))


def test_a_property_of_an_oracle(program: Program) -> None:
    good, wrong = right(program), Answer((X, X))
    crash = Answer(failure=Failure.CRASHED, kind="exit code -6", message="check failed")
    refusal = Answer(failure=Failure.RAISED, kind="TVMError", message="not so")
    checks = [agrees_with(_Says("TVM", answer)).check(program) for answer in (good, wrong, crash, refusal)]
    assert [check.outcome.value for check in checks] == ["exact", "different", "different", "inconclusive"]
    assert [check.key for check in checks] == ["", "TVM: different", "TVM: crashed", "TVM: raised TVMError"]


def test_who_stands_alone_is_suspect(program: Program) -> None:
    good, wrong, none = right(program), Answer((X, X)), Answer(failure=Failure.RAISED)
    panels = {
        (Suspect.NOBODY, 2): opinions(program, [_Says("a", good), _Says("b", none)], [_Says("c", good)]),
        (Suspect.TVM, 3): opinions(program, [_Says("a", good), _Says("b", wrong)], [_Says("c", wrong)]),
        (Suspect.OURS, 2): opinions(program, [_Says("a", wrong)], [_Says("c", wrong)]),
        (Suspect.REFUSED, 1): opinions(program, [_Says("a", none)], [_Says("c", good)]),
    }
    for (suspect, asked), panel in panels.items():
        assert (panel.suspect, len(panel.opinions)) == (suspect, asked)


def test_understood_differences_accuse_nobody() -> None:
    text = HEADER + "def @main(%x: Tensor[(2), float64]) { erf(%x) }"
    program = Program(load(text), (np.array([0.5, 2.0]),))
    single = Answer((program.args[0].astype("float32").astype("float64"),))
    assert opinions(program, [_Says("TVM 0.19, Relax", single)], [_Says("c", single)]).suspect is Suspect.KNOWN
    assert opinions(program, [_Says("TVM 0.27, Relax", single)]).suspect is Suspect.OURS
    zeros = Program(load(HEADER + "def @main(%x: Tensor[(2, 3), float32]) { negative(%x) }"), (0 * X,))
    other = Answer((-np.zeros_like(X),))
    (opinion,) = opinions(zeros, [_Says("TVM 0.27, Relax", other)]).opinions
    assert (opinion.differs, opinion.known) == (True, "signs of zeros")


@pytest.mark.parametrize(
    ("body", "engines"),
    [
        ("add(%x, %x)", ("graph", "vm", "debug")),
        ("if (less(sum(%x), 0f)) { %x } else { negative(%x) }", ("vm", "debug")),
        ("let %r = ref(%x); ref_read(%r)", ("debug",)),
    ],
)
def test_executors_of_a_program(body: str, engines: tuple[str, ...]) -> None:
    assert engines_of(load(HEADER + f"def @main(%x: Tensor[(2), float32]) {{ {body} }}")) == engines


def test_the_executor_that_is_asked_for_may_not_take_a_program() -> None:
    module = load(HEADER + "def @main(%x: Tensor[(2), float32]) { let %r = ref(%x); ref_read(%r) }")
    with _Wrong() as tvm:
        assert RelayOracle(tvm, "0.19", "graph").answer(Program(module, (X[0],))).failure is Failure.UNASKED
