"""Kernels of data movement and of random numbers are the reference to the bit, on corners that no recording has."""

from itertools import product

import numpy as np
import pytest
from card_kernels import agree, made

from tensor_core import dtypes
from tensor_core.ops.card import Reject
from tensor_core.prim import Var
from tensor_core.types import TensorType

N, M = Var("n"), Var("m")
LAST = (1 << 64) - 1


def longs(*values: object) -> np.ndarray:
    return np.array(values, np.int64)


# ---- threefry: the counter is used up, the path ends, the path ends in its lower half

KEYS = {
    "fresh": (0, 0, 0, 17, 0, 0, 0, 0, 1 << 63, 0),
    "drawn": (0xDEADBEEF << 32, LAST, 1 << 63, 3, 1 << 62, 0, 0, 12345, 1 << 61, 0),
    "last place": (1, 2, 3, 4, 5, 6, 0, LAST, 1, 9),
    "nearly full": (1, 2, 3, 4, 5, 6, 7, LAST - 13, 4, 0),
}


@pytest.mark.parametrize("words", KEYS.values(), ids=KEYS.keys())
def test_words_and_keys_are_exact(words: tuple[int, ...]) -> None:
    key = np.array(words, np.uint64)
    for shape in ((), (0,), (2, 2), (7,)):
        agree("random.threefry_generate", {"out_shape": shape}, key)
    agree("random.threefry_split", {}, key)
    agree("random.threefry_split", {}, np.array([*words[:8], 0, 16], np.uint64))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_numbers_of_the_unit_interval_are_exact(kind: str) -> None:
    bounds = np.asarray(0, kind), np.asarray(1, kind)
    agree("random.uniform", {"out_shape": (7, 3), "kind": kind}, np.array(KEYS["drawn"], np.uint64), *bounds)


def test_classes_are_drawn_alike() -> None:
    generator = np.random.default_rng(1)
    key, probs = np.array(KEYS["drawn"], np.uint64), generator.random((2, 3, 20))
    agree("random.multinomial", {"num_samples": 5}, key, probs)
    kernel = made(
        "multinomial_from_uniform",
        {"dtype": "int64"},
        [TensorType((N, M), "float32"), TensorType((5, 1), "float32"), TensorType((5, 1), "int64")],
    )
    samples = np.array([[0.0], [0.5], [0.9999], [1.5], [0.2]], np.float32)
    rows = longs([0], [2], [1], [0], [2])
    for classes in (1, 9):
        table = generator.dirichlet(np.ones(classes), 3).astype(np.float32)
        agree("multinomial_from_uniform", {"dtype": "int64"}, table, samples, rows, kernel=kernel)


# ---- moves


@pytest.mark.parametrize(("begin", "end", "stride"), list(product((-7, -2, 1, 6), (-6, -1, 4, 9), (-3, -1, 1, 2))))
def test_every_part_of_a_vector_is_replaced(begin: int, end: int, stride: int) -> None:
    kernel = made(
        "strided_set",
        {},
        [TensorType((N,), "float32"), TensorType((M,), "float32"), *[TensorType((1,), "int32")] * 3],
    )
    data, new = np.arange(7, dtype=np.float32), np.arange(100, 109, dtype=np.float32)
    agree("strided_set", {}, data, new, *(np.array([n], np.int32) for n in (begin, end, stride)), kernel=kernel)


def test_coordinates_of_another_shape() -> None:
    indices = longs([0, 1, 2], [1, 2, 5], [1, 0, 0], [-1, 9, 3])
    for new in (longs(6, 6), longs(-1), longs(4, -1, 3), longs(2, 3, 6), longs(3, 2, 6)):
        agree("sparse_reshape", {}, indices, longs(2, 3, 6), new)
    kernel = made("sparse_reshape", {}, [TensorType((N, 2), "int64"), *[TensorType((2,), "int64")] * 2])
    for count in (0, 3):
        agree("sparse_reshape", {}, np.ones((count, 2), np.int64), longs(2, 6), longs(-1, 3), kernel=kernel)


@pytest.mark.parametrize(
    ("source", "target"),
    [("float32", "int32"), ("int64", "float64"), ("float16", "uint16"), ("uint8", "int8"), ("bfloat16", "int16")],
)
def test_bits_are_kept(source: str, target: str) -> None:
    kernel = made("reinterpret", {"dtype": target}, [TensorType((N, 3), source)])
    values = np.linspace(-300.5, 300.5, 24).reshape(-1, 3)
    kept = values.astype(np.int64).astype(source) if "int" in source else values.astype(dtypes.to_numpy(source))
    agree("reinterpret", {"dtype": target}, kept, kernel=kernel)


def test_bits_of_another_width_are_refused() -> None:
    for source, target in (("float32", "int64"), ("uint8", "bool")):
        with pytest.raises(Reject, match="different widths"):
            made("reinterpret", {"dtype": target}, [TensorType((3,), source)])
