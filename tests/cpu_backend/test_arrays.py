"""Where arrays lie: what machine code is told of them is what numpy says."""

import ml_dtypes
import numpy as np
import pytest

from cpu_backend.arrays import ALIGNMENT, address_of, allocate

READ_ONLY = np.arange(6.0)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="float32").reshape(2, 3),
        np.arange(6, dtype="float16")[2:],
        np.ones((), "int64"),
        np.ones(3, bool),
        np.ones(3, ml_dtypes.bfloat16),
        READ_ONLY,
    ],
)
def test_the_address_is_that_of_the_first_element(array: np.ndarray) -> None:
    assert address_of(array) == array.__array_interface__["data"][0]
    # Nothing holds on to the memory: it may still be resized.
    again = np.array(array)
    address_of(again)
    again.resize((again.size + 1,))


def test_an_empty_array_has_an_address_that_can_be_read() -> None:
    assert address_of(np.zeros((0, 3))) > 0


def test_what_is_allocated_lies_on_a_boundary() -> None:
    for shape in ((), (3, 5), (0,)):
        array, address = allocate(shape, np.dtype("float32"))
        assert array.shape == shape
        assert address % ALIGNMENT == 0
        assert not array.size or address == address_of(array)
