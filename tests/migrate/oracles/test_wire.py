"""Values come back from a file as they were written. Needs no TVM."""

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from migrate.verify.oracles.worker import wire
from oracle import Shape, environments


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        Shape((2, 4)),
        np.arange(6, dtype="float16").reshape(2, 3),
        np.array(1.5, "float64"),
        np.zeros((0, 3), "bool"),
        np.array([1.5, -2.0], ml_dtypes.bfloat16),
        np.array(0.5, ml_dtypes.float8_e4m3fn),
        (np.int32(1), (Shape(()), np.ones(2, "uint8")), ()),
        {"x": np.ones(3, "float32"), "s": Shape((1,))},
    ],
    ids=repr,
)
def test_round_trip(value: Any, tmp_path: Path) -> None:
    file = tmp_path / "values.npz"
    assert_same(wire.load(wire.save(value, file), file), value)


def assert_same(got: Any, want: Any) -> None:
    if isinstance(want, dict):
        assert got.keys() == want.keys()
        for key in want:
            assert_same(got[key], want[key])
    elif isinstance(want, tuple) and not isinstance(want, Shape):
        assert len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            assert_same(one, other)
    elif isinstance(want, np.ndarray | np.generic):
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        assert got.tobytes() == want.tobytes()
    else:
        assert got == want
        assert type(got) is type(want)


def test_what_is_no_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="str"):
        wire.save(("text",), tmp_path / "values.npz")


def test_leaves_are_in_order() -> None:
    assert wire.leaves(((1, 2), 3, ())) == [1, 2, 3]


def test_unknown_release_is_refused() -> None:
    with pytest.raises(KeyError, match=r"0\.1; known: 0\.19, 0\.21"):
        environments.interpreter("0.1")
    assert environments.main(["0.1"]) == 2
