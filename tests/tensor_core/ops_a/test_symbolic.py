"""Type rules and lowerings over symbolic and open dimensions."""

from typing import Any

import numpy as np
import pytest

from tensor_core import shapes
from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.prim import Var
from tensor_core.reference import evaluate
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, TupleType, leaves, same_type

N, M = Var("n"), Var("m")


def params(name: str, **values: Any) -> tuple[Any, Any]:
    card = registry().by_name[name]
    return card, card.params(**values)


def infer(name: str, *types: Any, **values: Any) -> Any:
    card, settings = params(name, **values)
    return card.infer(settings, *types)


def of(*shape: Any, dtype: str = "float32") -> TensorType:
    return TensorType(shape, dtype)


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ((N, 3), (1, 3), (N, 3)),
        ((N, 1), (M,), (N, M)),
        ((ANY, 3), (4, 3), (4, 3)),
        ((ANY,), (1,), (ANY,)),
        ((ANY,), (ANY,), (ANY,)),
        ((0,), (1,), (0,)),
        ((N + 1,), (1 + N,), (N + 1,)),
    ],
)
def test_broadcasting(left: Any, right: Any, result: Any) -> None:
    assert same_type(infer("add", of(*left), of(*right)), of(*result))
    assert same_type(infer("less", of(*left), of(*right)), of(*result, dtype="bool"))


@pytest.mark.parametrize(("left", "right"), [((N,), (M,)), ((N,), (5,)), ((2,), (3,))])
def test_what_cannot_be_proven_to_broadcast_is_rejected(left: Any, right: Any) -> None:
    with pytest.raises(Reject):
        infer("add", of(*left), of(*right))


def test_reductions_keep_symbolic_dimensions() -> None:
    assert infer("sum", of(N, 3, ANY), axis=(1,)) == of(N, ANY)
    assert infer("max", of(N, 3), axis=(0,), keepdims=True) == of(1, 3)
    assert infer("argmax", of(N, 3), axis=(1,)) == of(N, dtype="int32")


def test_norms_accept_what_may_be_right() -> None:
    vector = of(N)
    data = of(ANY, N, 7)
    assert infer("nn.batch_norm", data, vector, vector, vector, vector) == TupleType((data, vector, vector))
    assert infer("nn.bias_add", of(2, ANY), of(5), axis=-1) == of(2, ANY)
    with pytest.raises(Reject):
        infer("nn.bias_add", of(2, 4), of(5))


def test_lengths_of_ranges() -> None:
    length = infer("arange", start=0, stop=N, step=2, dtype="int64").shape[0]
    assert [shapes.evaluate(length, {N: n}) for n in (0, 1, 2, 7)] == [0, 1, 1, 4]
    unknown = infer("arange_of_tensors", *[of(dtype="int64")] * 3, start=0, stop=None, step=1, dtype="int64")
    assert unknown == of(ANY, dtype="int64")


def test_take_puts_the_indices_in_place_of_the_axis() -> None:
    assert infer("take", of(N, 5, M), of(2, ANY, dtype="int32"), axis=1) == of(N, 2, ANY, M)


FORCED = [
    ("nn.batch_norm", {"axis": -1}, (of(2, 3, N), None, None, None, None), (of(N),) * 4),
    ("nn.bias_add", {}, (of(2, 3, N), None), (of(3),)),
    ("nn.prelu", {}, (of(2, 3, N), None), (of(3),)),
    ("nn.layer_norm", {"axes": (1, 2), "epsilon": 0.1, "center": True, "scale": True}, (of(2, 3, N), None, None),
     (of(3, N),) * 2),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "given", "forced"), FORCED, ids=[row[0] for row in FORCED])
def test_the_data_forces_the_types_of_parameters(name: str, values: Any, given: Any, forced: Any) -> None:
    card, settings = params(name, **values)
    assert card.assign is not None
    assert tuple(card.assign(settings, *given))[1:] == forced
    assert tuple(card.assign(settings, *(None,) * len(given))) == (None,) * len(given)


SYMBOLIC = [
    ("add", {}, [(N, 3), (3,)]),
    ("where", {}, [(N, 1), (3,), (N, 3)]),
    ("nn.softmax", {"axis": 0}, [(N, 3)]),
    ("nn.log_softmax", {"axis": -1}, [(N, M)]),
    ("mean", {"axis": (0,)}, [(N, 3)]),
    ("max", {"axis": (0, 1), "keepdims": True}, [(N, M, 2)]),
    ("argmin", {"axis": (0,), "keepdims": True}, [(N, 3)]),
    ("nn.layer_norm", {"axes": (-1,), "epsilon": 0.1, "center": True, "scale": True}, [(M, N), (N,), (N,)]),
    ("nn.batch_norm", {"axis": 1}, [(N, 3, M), (3,), (3,), (3,), (3,)]),
    ("nn.bias_add", {"axis": 1}, [(2, N, M), (N,)]),
    ("triu", {"k": 1}, [(N, M)]),
    ("clip", {"a_min": -1.0, "a_max": 1.0}, [(N,)]),
    ("round", {"tie": "even"}, [(N,)]),
]


@pytest.mark.parametrize(("name", "values", "shapes_"), SYMBOLIC, ids=[row[0] for row in SYMBOLIC])
def test_one_kernel_serves_every_size(name: str, values: dict[str, Any], shapes_: list[Any]) -> None:
    card, settings = params(name, **values)
    kernel = lower_card(card, settings, [of(*shape) for shape in shapes_])
    for sizes in ({N: 1, M: 4}, {N: 5, M: 2}):
        generator = np.random.default_rng(7)
        arrays = [
            generator.uniform(0.5, 2, [shapes.evaluate(dim, sizes) for dim in shape]).astype("float32")
            for shape in shapes_
        ]
        expected = evaluate(card, settings, tuple(arrays))
        outputs: list[Any] = list(leaves(card.infer(settings, *[of(*array.shape) for array in arrays])))
        results = interpret.run(kernel, arrays, outputs)
        for result, wanted in zip(results, expected if isinstance(expected, tuple) else [expected], strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-5)


def test_magnitudes_of_a_range_are_as_many_as_its_elements():
    # Of operands with fractions the length follows from the integral parts.
    card, settings = params("arange_of_tensors", start=None, stop=None, step=None, dtype="float32")
    args = tuple([np.asarray(value, "float32") for value in (0.5, 3.6, 1.5)])
    assert card.error.magnitude(settings, *args).shape == evaluate(card, settings, args).shape == (3,)
