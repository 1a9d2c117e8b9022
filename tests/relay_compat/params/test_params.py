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
    **{
        kind: np.arange(-2, 3).astype(kind)
        for kind in ("int8", "int16", "int32", "uint16", "uint32", "uint64", "float64", "bool")
    },
    "e4m3": np.array([0.5, -448], ml_dtypes.float8_e4m3fn),
    "e5m2": np.array([0.25, -57344], ml_dtypes.float8_e5m2),
    "int4": np.array([-8, -1, 0, 7], ml_dtypes.int4),
    "uint4": np.array([0, 15], ml_dtypes.uint4),
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
        (71, "<H", 4, "vectors of 4 float32"),
        (69, "<B", 3, "element type code 3, 32 bits"),
        (73, "<q", -2, "negative dimension"),
        (73, "<q", 5, "claims 24 bytes"),
        (89, "<q", 1 << 50, "claims 1125899906842624 bytes"),
    ],
)
def test_damage(offset: int, layout: str, value: int, message: str) -> None:
    assert message in refused(changed(offset, layout, value))


# Type code, bits and lanes as relay.save_param_dict of TVM 0.19 wrote them.
RECORDED = {
    "bool": "01010100", "float16": "02100100", "bfloat16": "04100100", "float8_e4m3fn": "06080100",
    "float8_e5m2": "07080100", "int4": "00040100", "uint4": "01040100", "int64": "00400100", "uint16": "01100100",
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_type_codes_are_those_of_tvm(name: str) -> None:
    kind = np.dtype(getattr(ml_dtypes, name, name))
    assert save_params({"a": np.zeros(3, kind)})[69:73].hex() == RECORDED[name]


def with_bytes(dtype: tuple[int, int], *values: int) -> bytes:
    """A file with one array of one-byte elements of this type code and width."""
    data = bytearray(save_params({"a": np.array(values, "uint8")}))
    data[69:71] = dtype
    return bytes(data)


def test_elements_of_less_than_a_byte() -> None:
    assert load_params(with_bytes((1, 1), 0, 1, 2))["a"].tolist() == [False, True, True]
    # Both ways in which a negative number may stand in a byte.
    assert load_params(with_bytes((0, 4), 0x0F, 0xFF, 0x07))["a"].astype(int).tolist() == [-1, -1, 7]
    assert "one element in each byte" in refused(with_bytes((0, 4), 0x12))
    assert "one element in each byte" in refused(with_bytes((1, 4), 0xFF))


def test_an_array_without_elements_is_bounded_too() -> None:
    data = bytearray(save_params({"a": np.zeros((0, 4), "int64")}))
    struct.pack_into("<q", data, 81, 1 << 62)
    assert "exceeds the limit" in refused(bytes(data))


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
