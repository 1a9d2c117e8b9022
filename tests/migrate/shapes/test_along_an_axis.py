"""Operands that stand along one axis of another, such as a bias, do not broadcast with its last one."""

import numpy as np
import pytest
from dynamic_cases import HEADER, floats

import migrate
from relay_compat.bind_params import bind_params_by_name
from relay_compat.types.infer import infer_types

CALLS = {
    "bias_add": "nn.bias_add(%x, %b)",
    "bias_add along the last axis": "nn.bias_add(transpose(%x, axes=[0, 2, 3, 1]), %b, axis=3)",
    "prelu": "nn.prelu(%x, %b)",
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("open_", ["4", "?"])
def test_other_dimensions_stay_as_they_are(name: str, open_: str):
    params = f"%x: Tensor[(?, {open_}, ?, ?), float32], %b: Tensor[(4), float32]"
    module = migrate.load(f"{HEADER}def @main({params}) {{ {CALLS[name]} }}")
    result = migrate.convert(module)
    for sizes in ((2, 4, 3, 5), (1, 4, 1, 4)):
        args = [floats(*sizes), floats(4) - 2]
        (want,) = migrate.run(module, args, executor="interpreter")
        for executor in ("interpreter", "backend"):
            (got,) = migrate.run(result.module, args, executor=executor)
            assert got.tolist() == want.tolist()


def test_scales_do_not_broadcast_with_what_they_scale():
    text = (
        f"{HEADER}def @main(%x: Tensor[(2, ?), int8], %y: Tensor[(?, ?), int8]) "
        "{ qnn.add(%x, %y, 0.5f, 3, 0.25f, 0, 1f, 0) }"
    )
    module = migrate.load(text)
    result = migrate.convert(module)
    for shape in ((2, 3), (1, 3)):
        args = [np.arange(6, dtype="int8").reshape(2, 3), np.ones(shape, "int8")]
        (want,) = migrate.run(module, args, executor="interpreter")
        (got,) = migrate.run(result.module, args)
        assert got.tolist() == want.tolist()


def test_one_scale_along_an_open_axis_says_nothing_of_its_size():
    # Found by a campaign: the size that both operands have together was taken to be 1, as many as there are scales.
    module = migrate.load(
        f"{HEADER}def @main(%x: Tensor[(?, ?), int8], %y: Tensor[(?), int8], %s: Tensor[(1), float32]) "
        "{ qnn.add(%x, %y, 0.5f, 3, %s, 0, 1f, 0, rhs_axis=0) }"
    )
    module["main"] = bind_params_by_name(module["main"], {"s": np.full(1, 0.25, "float32")})
    module = infer_types(module)
    result = migrate.convert(module)
    args = [np.arange(6, dtype="int8").reshape(2, 3), np.ones(1, "int8")]
    (want,) = migrate.run(module, args, executor="interpreter")
    (got,) = migrate.run(result.module, args)
    assert got.tolist() == want.tolist()


def test_a_transform_of_any_length():
    params = "%x: Tensor[(2, ?), float64], %y: Tensor[(2, ?), float64]"
    module = migrate.load(f"{HEADER}def @main({params}) {{ %0 = dft(%x, %y, inverse=True); %0.0 }}")
    result = migrate.convert(module)
    for length in (1, 5):
        x, y = floats(2, length).astype("float64"), floats(2, length).astype("float64")
        for executor in ("interpreter", "backend"):
            (got,) = migrate.run(result.module, [x, y], executor=executor)
            np.testing.assert_allclose(got, np.fft.ifft(x + 1j * y).real, rtol=1e-9, atol=1e-12)
