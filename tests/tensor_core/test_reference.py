"""References see plain arrays, and what they give is plain arrays."""

import numpy as np
import pytest

from migrate.execution import execute
from relay_compat.interpret import evaluate
from relay_compat.text.parser import parse
from tensor_core import dtypes, reference
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.ops.registry import registry


def test_a_quotient_of_constants_of_tvm_is_that_of_plain_arrays():
    # Floored division asks `floored * b != a`, which two NDArrays answer otherwise than arrays do.
    card = registry().by_name["floor_divide"]
    a, b = np.array([7, -7, 1], "int64"), np.array([2, 2, 7], "int64")
    found = reference.evaluate(card, card.params(), (ndarray(a), ndarray(b)))
    assert found.tolist() == (a // b).tolist()
    assert type(found) is np.ndarray


def test_constants_in_a_program_are_operands_as_parameters_are():
    program = parse('#[version = "0.0.5"]\ndef @main() -> int64 { divide(1i64, 7i64) }')
    assert evaluate(program, ()).tolist() == 0


def test_marks_take_constants():
    program = parse('#[version = "0.0.5"]\ndef @main() -> float32 { annotation.stop_fusion(2f) }')
    found = evaluate(program, ())
    assert not isinstance(found, NDArray)
    assert found.tolist() == 2.0


def test_what_references_give_for_rank_0_is_an_array():
    card = registry().by_name["gather_nd"]
    params = card.params(batch_dims=0, index_rank=None, coordinates_last=False)
    found = reference.evaluate(card, params, (np.array([4.0, 5.0], "float32"), np.array([1], "int64")))
    assert type(found) is np.ndarray
    assert found.shape == ()


def test_sums_over_no_elements_have_none():
    for exclusive in ("True", "False"):
        program = parse(
            '#[version = "0.0.5"]\n'
            f'def @main(%x: Tensor[(2, 0), int64]) {{ cumsum(%x, axis=1, dtype="int64", exclusive={exclusive}) }}'
        )
        for executor in ("interpreter", "backend"):
            assert execute(program, [np.zeros((2, 0), "int64")], executor=executor).shape == (2, 0)


def test_einsum_takes_every_float():
    program = parse(
        '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2, 3), bfloat16]) { einsum((%x, %x), equation="ij,ij->i") }'
    )
    x = np.array([[1, 2, 3], [4, 5, 6]]).astype(dtypes.to_numpy("bfloat16"))
    for executor in ("interpreter", "backend"):
        assert execute(program, [x], executor=executor).astype("float32").tolist() == [14.0, 77.0]


@pytest.mark.parametrize("op", ["argmax", "argmin", "max", "min"])
def test_searches_of_no_rows_have_no_answers(op: str):
    program = parse(f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(0, 2, 3), float32]) {{ {op}(%x, axis=[1]) }}')
    for executor in ("interpreter", "backend"):
        assert execute(program, [np.zeros((0, 2, 3), "float32")], executor=executor).shape == (0, 3)
