"""Arrays as TVM's Python compares them: by elements, and as a truth value by identity."""

import numpy as np

from tensor_core.ndarray import ndarray


def test_arrays_are_equal_as_a_whole_when_they_are_one():
    a, b = ndarray(np.arange(3)), ndarray(np.arange(3))
    assert a == a
    assert a == ndarray(a)
    assert not a == b  # noqa: SIM201
    assert a != b
    assert not ndarray(np.zeros((2, 2))) == ndarray(np.zeros(3))  # noqa: SIM201
    scalar = ndarray(np.array(3))
    assert scalar == scalar
    assert scalar != ndarray(np.array(3))


def test_elements_are_compared_all_the_same():
    a, b = ndarray(np.arange(3)), ndarray(np.arange(3) * 2)
    assert (a == b).tolist() == [True, False, False]
    assert (a != b).tolist() == [False, True, True]
    assert (a == 1).tolist() == [False, True, False]
    assert bool(ndarray(np.array(3)) == 3)
    np.testing.assert_array_equal(a, ndarray(np.arange(3)))
