"""What verify compares two modules on, and how it says so."""

import numpy as np
import pytest

import migrate
from migrate.verify.bounds import worst_ratio
from migrate.verify.generate import Program
from migrate.verify.layers import _listed
from migrate.verify.proof import Proof
from migrate.verify.verdict import Outcome, Verdict, Witness
from relay_compat.types.infer import infer_types

HEADER = '#[version = "0.0.5"]\n'


def test_a_verdict_says_which_seed_its_arguments_come_from() -> None:
    module = migrate.load(f"{HEADER}def @main(%x: Tensor[(2), float32]) {{ exp(%x) }}")
    assert migrate.verify(module, seed=7, prove=False).seed == 7
    assert migrate.verify(module, inputs=[np.ones(2, "float32")], prove=False).seed is None


@pytest.mark.parametrize("wrong", [np.ones(2, "int64"), np.ones(3, "float32"), np.array(["a", "b"])])
def test_arguments_that_do_not_fit_are_refused_also_where_nothing_is_run(wrong: np.ndarray) -> None:
    module = migrate.load(f"{HEADER}def @main(%x: Tensor[(2), float32]) {{ exp(%x) }}")
    with pytest.raises(migrate.DiagnosticError, match="R2R0503"):
        migrate.verify(module, inputs={"x": wrong})
    with pytest.raises(migrate.DiagnosticError, match="R2R0503"):
        migrate.verify(module, inputs={"y": np.ones(2, "float32")})


def test_arrays_that_became_constants_on_one_side_are_those_of_the_other() -> None:
    module = migrate.load(f"{HEADER}def @main(%x: Tensor[(2), float32], %w: Tensor[(2), float32]) {{ add(%x, %w) }}")
    module.params["w"] = np.array([1, 2], "float32")
    bound, plain = (migrate.convert(module, bind_params=bind).module for bind in (True, False))
    assert [len(side["main"].params) for side in (bound, plain)] == [1, 2]
    assert migrate.verify(module, bound, prove=False)
    assert migrate.verify(module, plain, prove=False)


@pytest.mark.parametrize(
    ("items", "said"),
    [(["one"], "one"), (["one", "two"], "one and two"), (["one", "two", "three"], "one, two and three")],
)
def test_what_rounds_is_listed(items: list[str], said: str) -> None:
    assert _listed(items) == said


def test_a_number_in_the_place_of_none_is_infinitely_wrong() -> None:
    number, none = np.array([1.0, 2.0]), np.array([1.0, np.nan])
    bound = np.full(2, 1e9)
    assert worst_ratio(none, number, bound) == worst_ratio(number, none, bound) == np.inf
    assert worst_ratio(none, none, bound) == 0


def test_a_verdict_in_json_names_its_witness() -> None:
    right = Verdict(Outcome.EXACT, "").to_json()
    wrong = Verdict(Outcome.DIFFERENT, "it is", witness=Witness("exp", "a", "b", np.inf)).to_json()
    finite = Witness("exp", "a", "b", 2.5).to_json()
    assert right["witness"] is None
    assert (wrong["witness"]["op"], wrong["witness"]["ratio"], finite["ratio"]) == ("exp", "infinite", 2.5)


def test_a_proof_counts_programs_by_what_they_are_built_around() -> None:
    text = f"{HEADER}def @main(%x: Tensor[(2), float32]) {{ exp(%x) }}"
    program = Program(infer_types(migrate.load(text)), (np.ones(2, "float32"),))
    proof = Proof("pass")
    for changed in (True, False, True):
        proof.count(program, changed)
    assert proof.around == {program.around: (3, 2)}
    assert proof.changed == 2
