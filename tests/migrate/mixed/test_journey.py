"""Models that move in steps: every state on the way verified, a wrong function found by its name."""

import models
import numpy as np
import pytest

import migrate
from migrate import mixed
from migrate.mixed.journey import ordered
from migrate.verify.verdict import Outcome
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

RIGHT = (Outcome.EXACT, Outcome.WITHIN_BOUND)

SHAPES = """#[version = "0.0.5"]
type Shape { Circle(float32), Box(float32, float32) }
def @main(%a: float32, %b: float32) -> float32 { add(@area(Circle(%a)), @area(@grown(Box(%a, %b), %b))) }
def @area(%s: Shape) -> float32 {
  match (%s) { Circle(%r) => @square(%r), Box(%w, %h) => multiply(%w, %h) }
}
def @grown(%s: Shape, %by: float32) -> Shape {
  match (%s) { Circle(%r) => Circle(multiply(%r, %by)), Box(%w, %h) => Box(multiply(%w, %by), multiply(%h, %by)) }
}
def @square(%r: float32) -> float32 { multiply(%r, %r) }
"""

COLLATZ = """#[version = "0.0.5"]
def @main(%n: int32) -> int32 { @steps(%n, 0) }
def @steps(%n: int32, %count: int32) -> int32 {
  if (equal(%n, 1)) { %count } else { @steps(@next(%n), add(%count, 1)) }
}
def @next(%n: int32) -> int32 {
  if (equal(floor_mod(%n, 2), 0)) { floor_divide(%n, 2) } else { @odd(%n) }
}
def @odd(%n: int32) -> int32 { add(multiply(%n, 3), 1) }
def @never(%n: int32) -> int32 { subtract(%n, 1) }
"""


def outcomes(journey: mixed.Journey) -> dict[str, str]:
    return {move.function: "refused" if move.outcome is None else move.outcome.value for move in journey.moves}


@pytest.mark.parametrize("name", ["mlp", "squeezenet", "bert_tiny", "gpt_tiny", "torch_lstm"])
@pytest.mark.parametrize("order", ["callees", "callers"])
def test_models_move_and_every_state_is_right(name, order, corpus, tmp_path):
    model = models.load(corpus("models"), name, tmp_path)
    journey = mixed.walk(mixed.begin(mixed.outline(model.module, 8)), inputs=model.args, order=order)
    assert journey, outcomes(journey)
    assert len(journey.moves) == 9
    assert all(move.outcome in RIGHT for move in journey.moves)
    assert all(move.calls == 1 for move in journey.moves if move.function != "main")
    for got, want in zip(mixed.run(journey.state, model.args), model.answers, strict=True):
        models.assert_answer(got, want)


@pytest.mark.parametrize("number", range(0, 500, 20))
def test_recorded_programs_are_cut_and_move(number, corpus):
    cases = corpus("onnx")
    row = cases.rows[number]
    module = migrate.load(cases.text(row["name"], "module.json"))
    arrays = cases.arrays(row["name"])
    args = {key.removeprefix("in_"): value for key, value in arrays.items() if key.startswith("in_")}
    try:
        want = migrate.run(module, args)
    except DiagnosticError:
        pytest.skip("the Relay program does not run")
    cut = mixed.outline(module, 3)
    for got, expected in zip(migrate.run(cut, args), want, strict=True):
        assert got.tobytes() == expected.tobytes()
    journey = mixed.walk(mixed.begin(cut), inputs=args)
    for move in journey.moves:
        assert move.outcome in (*RIGHT, None), move.reason
    assert mixed.check(journey.state) == []
    for got, expected in zip(mixed.run(journey.state, args), want, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_control_flow_and_recursion_move():
    journey = mixed.walk(mixed.begin(migrate.load(COLLATZ)), inputs=[np.int32(27)])
    assert outcomes(journey) == dict.fromkeys(["odd", "next", "steps", "main", "never"], "exact")
    calls = {move.function: move.calls for move in journey.moves}
    # The first calls of each, and one with drawn arguments of what the run does not reach.
    assert calls == {"odd": 3, "next": 3, "steps": 3, "main": 0, "never": 1}
    assert int(mixed.run(journey.state, [np.int32(27)])[0]) == 111


def faulty(module: IRModule, old: str, new: str) -> IRModule:
    """The module's conversion with one place of its text changed."""
    text = migrate.convert(module).script()
    assert text.count(old) == 1
    return migrate.load(text.replace(old, new))


def test_a_wrong_function_is_named_and_stays_behind():
    module = migrate.load(COLLATZ)
    script = faulty(module, "R.const(3, ", "R.const(5, ")
    journey = mixed.walk(mixed.begin(module), script, [np.int32(27)])
    assert not journey
    assert journey.first_wrong == "odd"
    assert outcomes(journey) == {"odd": "different"} | dict.fromkeys(["next", "steps", "main", "never"], "exact")
    (wrong,) = [move for move in journey.moves if not move.moved]
    assert wrong.witness.startswith("multiply at ")
    assert wrong.diagnostics[0].code is codes.DIFFERENT
    assert "82 in Relay, 136 here" in wrong.reason
    # What is left behind is Relay, so the program is right.
    assert int(mixed.run(journey.state, [np.int32(27)])[0]) == 111


def test_a_fault_that_the_result_hides_is_found_in_the_function():
    module = migrate.load(COLLATZ)
    script = faulty(module, "R.subtract(n, R.const(1, ", "R.subtract(n, R.const(2, ")
    journey = mixed.walk(mixed.begin(module), script, [np.int32(27)])
    assert journey.first_wrong == "never"


def test_a_function_that_does_not_run_is_wrong():
    module = migrate.load(COLLATZ)
    text = migrate.convert(module).script()
    place = text.index("def odd")
    start = text.index("R.multiply(n, R.const(3", place)
    end = text.index("\n", start)
    call = 'R.call_pure_packed("no.such.function", n, ty_args=(R.Tensor((), dtype="int32"),))'
    journey = mixed.walk(mixed.begin(module), migrate.load(text[:start] + call + text[end:]), [np.int32(27)])
    assert journey.first_wrong == "odd"
    assert "does not run" in journey.moves[0].reason


def test_a_seeded_fault_in_a_model_is_found(corpus, tmp_path):
    model = models.load(corpus("models"), "bert_tiny", tmp_path)
    cut = mixed.outline(model.module, 6)
    result = migrate.convert(cut)
    text = result.script()
    place = text.rindex("R.nn.softmax")
    function = text[:place].rpartition("def ")[2].partition("(")[0]
    script = migrate.load(text[:place] + "R.nn.log_softmax" + text[place + len("R.nn.softmax") :], result.module.params)
    journey = mixed.walk(mixed.begin(cut), script, model.args)
    assert function.startswith("main_part")
    assert journey.first_wrong == function
    (wrong,) = [move for move in journey.moves if not move.moved]
    assert wrong.function == function
    assert wrong.witness.startswith("nn.softmax at ")


def test_programs_over_data_move():
    journey = mixed.walk(mixed.begin(migrate.load(SHAPES)), inputs=[np.float32(2), np.float32(3)])
    assert outcomes(journey) == dict.fromkeys(["square", "area", "grown", "main"], "exact")
    assert {move.function: move.calls for move in journey.moves}["grown"] == 1
    assert float(mixed.run(journey.state, [np.float32(2), np.float32(3)])[0]) == 58.0


def test_the_order_is_callees_before_callers_or_as_told():
    source = mixed.begin(migrate.load(COLLATZ)).source
    assert ordered(source, "callees") == ["odd", "next", "steps", "main", "never"]
    assert ordered(source, "callers") == ["never", "main", "steps", "next", "odd"]
    assert ordered(source, ["next", "next"]) == ["next"]
    with pytest.raises(DiagnosticError, match="ood"):
        ordered(source, ["ood"])
    journey = mixed.walk(mixed.begin(migrate.load(COLLATZ)), inputs=[np.int32(6)], order=["next"])
    assert journey.state.moved == {"next"}
    rest = mixed.walk(journey.state, inputs=[np.int32(6)])
    assert rest
    assert len(rest.moves) == 4


def test_a_program_that_gives_nothing_but_nan_proves_nothing():
    module = migrate.load(
        '#[version = "0.0.5"]\ndef @main(%x: float32) -> float32 { @root(%x) }\n'
        "def @root(%x: float32) -> float32 { sqrt(%x) }\n"
    )
    journey = mixed.walk(mixed.begin(module), inputs=[np.float32(-1)])
    assert not journey
    assert {move.outcome for move in journey.moves} == {Outcome.INCONCLUSIVE}
    assert "NaN" in journey.moves[0].reason


def test_drawn_arguments_suit_the_operators_behind_calls():
    module = migrate.load(
        '#[version = "0.0.5"]\ndef @main(%x: Tensor[(64), float32]) -> Tensor[(64), float32] { @outer(%x) }\n'
        "def @outer(%x: Tensor[(64), float32]) -> Tensor[(64), float32] { @inner(%x) }\n"
        "def @inner(%x: Tensor[(64), float32]) -> Tensor[(64), float32] { sqrt(%x) }\n"
    )
    journey = mixed.walk(mixed.begin(module), seed=3)
    assert journey
    assert journey.seed == 3


def test_a_program_that_gives_a_function_is_judged_by_its_other_functions():
    module = migrate.load(
        """#[version = "0.0.5"]
def @main(%x: float32) -> fn (float32) -> float32 {
  let %y = @twice(%x);
  fn (%z: float32) -> float32 { add(%y, %z) }
}
def @twice(%x: float32) -> float32 { add(%x, %x) }
"""
    )
    journey = mixed.walk(mixed.begin(module), inputs=[np.float32(2)])
    assert [(move.function, move.outcome) for move in journey.moves] == [
        ("twice", Outcome.INCONCLUSIVE),
        ("main", Outcome.INCONCLUSIVE),
    ]
    assert journey.moves[0].calls == 1
    assert "functions" in journey.moves[0].reason


def test_a_value_of_another_constructor_is_another_value():
    module = migrate.load(SHAPES)
    text = SHAPES.replace("Box(multiply(%w, %by), multiply(%h, %by))", "Circle(multiply(%w, %by))")
    script = migrate.convert(migrate.load(text)).module
    journey = mixed.walk(mixed.begin(module), script, [np.float32(2), np.float32(3)])
    assert journey.first_wrong == "grown"
    (wrong,) = [move for move in journey.moves if not move.moved]
    assert "a value made by Box in Relay, a value made by Circle here" in wrong.reason


def test_arguments_drawn_for_one_function_are_told():
    told = mixed.walk(mixed.begin(migrate.load(COLLATZ)), inputs=[np.int32(6)], seed=5)
    assert told.seed == 5
    reached = mixed.walk(mixed.begin(migrate.load(COLLATZ)), inputs=[np.int32(6)], seed=5, order=["odd", "main"])
    assert reached.seed is None


def test_what_the_reference_cannot_judge_is_not_called_wrong(monkeypatch):
    def refused(*_args: object):
        raise fail(codes.NO_REFERENCE, "no reference of it")

    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(3), float32]) -> Tensor[(3), float32] { add(%x, 1f) }\n'
    module = migrate.load(text)
    script = migrate.convert(migrate.load(text.replace("1f", "1.0000001f"))).module
    monkeypatch.setattr("migrate.mixed.evidence.evaluate", refused)
    (move,) = mixed.walk(mixed.begin(module), script, [np.full(3, 1e-7, "float32")]).moves
    assert move.outcome is Outcome.INCONCLUSIVE
    assert "no reference of it" in move.reason
