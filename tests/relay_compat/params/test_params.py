"""Parameter files: real ones come back to the byte, damaged ones are refused."""

import random
import struct

import ml_dtypes
import numpy as np
import pytest
import recorded

from relay_compat.params import load_params, save_params
from tensor_core.diagnostics import DiagnosticError
from tensor_core.limits import Limits

WITH_PARAMS = [row["name"] for row in recorded.rows("models") if row["params_file"]]
ARRAYS = {
    "a": np.arange(6, dtype="float32").reshape(2, 3),
    "scalar": np.array(True),
    "empty": np.zeros((0, 4), "int64"),
    "d:é": np.arange(6, dtype="uint8").reshape(2, 3).T,
    "half": np.array(3.5, "float16"),
    "brain": np.arange(3).astype(ml_dtypes.bfloat16),
}


@pytest.mark.parametrize("name", WITH_PARAMS)
def test_real_files_come_back_to_the_byte(corpus, name: str) -> None:
    data = corpus("models").read(name, "module.params")
    assert save_params(load_params(data)) == data


def test_round_trip() -> None:
    found = load_params(save_params(ARRAYS))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
        assert not found[name].flags.writeable


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(DiagnosticError) as caught:
        load_params(data, "m.params", limits=limits)
    (found,) = caught.value.diagnostics
    assert found.code.id in ("R2R0302", "R2R0111")
    assert "m.params" in found.message
    return found.message


def changed(offset: int, layout: str, value: int) -> bytes:
    data = bytearray(save_params({"a": ARRAYS["a"]}))
    struct.pack_into(layout, data, offset, value)
    return bytes(data)


# Offsets for one parameter "a": names end at 33, the count of arrays is there, its array starts at 41.
@pytest.mark.parametrize(
    ("offset", "layout", "value", "message"),
    [
        (0, "<Q", 1, "magic number"),
        (16, "<Q", 1 << 40, "claims 1099511627776 names"),
        (24, "<Q", 1 << 40, "cut off in a name"),
        (32, "<B", 0xFF, "no UTF-8"),
        (33, "<Q", 2, "another number of arrays"),
        (41, "<Q", 1, "parameter a: no array starts here"),
        (65, "<i", 1000, "1000 dimensions"),
        (65, "<i", -1, "-1 dimensions"),
        (69, "<B", 9, "element type code 9"),
        (70, "<B", 7, "7 bits"),
        (71, "<H", 4, "4 lanes"),
        (73, "<q", -2, "negative dimension"),
        (73, "<q", 5, "claims 24 bytes"),
        (89, "<q", 1 << 50, "claims 1125899906842624 bytes"),
    ],
)
def test_damage(offset: int, layout: str, value: int, message: str) -> None:
    assert message in refused(changed(offset, layout, value))


def test_cut_files_and_files_with_more_behind() -> None:
    data = save_params(ARRAYS)
    for length in range(0, len(data), 7):
        refused(data[:length])
    assert "follow the last array" in refused(data + b"\0")


def test_limits() -> None:
    data = save_params(ARRAYS)
    assert "limit" in refused(data, Limits(bytes=10))
    assert "limit" in refused(data, Limits(constant_bytes=10))
    assert "limit" in refused(data, Limits(dims=1))


def test_random_damage() -> None:
    source = random.Random(0)
    data = save_params(ARRAYS)
    outcomes = set()
    for _ in range(500):
        damaged = bytearray(data)
        for _ in range(source.choice((1, 3))):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        try:
            load_params(bytes(damaged))
            outcomes.add("read")
        except DiagnosticError as error:
            outcomes.add(error.diagnostics[0].code.id)
    assert outcomes == {"read", "R2R0302"}


def test_element_types_without_a_form_are_refused() -> None:
    with pytest.raises(DiagnosticError, match="R2R0302"):
        save_params({"z": np.zeros(2, "complex64")})
