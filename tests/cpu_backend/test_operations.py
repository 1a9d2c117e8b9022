"""Every scalar operation on edge values, as vectors and as scalar code: machine code against the interpreter."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from native import run as run_native

from cpu_backend.jit import Options, module_text
from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, loop, store
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.loops.structure import structural_key
from tensor_core.prim import PrimExpr
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.to_loops import to_loops
from tensor_core.types import TensorType

INTS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
FLOATS = ("float32", "float64", "float16", "bfloat16")
ARITHMETIC = (prim.Add, prim.Sub, prim.Mul, prim.Div, prim.TruncMod, prim.FloorDiv, prim.FloorMod, prim.Min, prim.Max)
COMPARISONS = (prim.EQ, prim.NE, prim.LT, prim.LE)
BITS = ("bitwise_and", "bitwise_or", "bitwise_xor", "shift_left", "shift_right")
EXACT_FUNCTIONS = (
    "abs", "ceil", "floor", "trunc", "nearbyint", "round", "sqrt", "isnan", "isinf", "isfinite",
)  # fmt: skip

Make = Callable[..., PrimExpr]


def edges(dtype: str) -> list:
    if dtype == "bool":
        return [False, True]
    if dtypes.is_float(dtype):
        return [0.0, -0.0, 1.0, -1.5, 2.5, 3.0, -7.25, 0.375, np.inf, -np.inf, np.nan, 100.0]
    info = np.iinfo(dtype)
    small = [0, 1, 2, 3, 5, 7, 8, 63, 100]
    return [*small, info.max, info.max - 1, *([info.min, info.min + 1, -1, -2, -7, -8] if info.min < 0 else [])]


def operands(dtype: str, count: int) -> list[np.ndarray]:
    rows = list(product(edges(dtype), repeat=count))
    return [np.array(column, dtypes.to_numpy(dtype)) for column in zip(*rows, strict=True)]


def vectorised(make: Make, arrays: list[np.ndarray]) -> PrimFunc:
    b = LoopBuilder()
    size = len(arrays[0])
    tensors = [b.input(f"x{n}", TensorType((size,), dtypes.from_numpy(a.dtype))) for n, a in enumerate(arrays)]
    return b.finish("kernel", [b.compute((size,), lambda i: make(*(t[i] for t in tensors)))])


def scalar(make: Make, arrays: list[np.ndarray]) -> PrimFunc:
    b = LoopBuilder()
    size = len(arrays[0])
    tensors = [b.input(f"x{n}", TensorType((size,), dtypes.from_numpy(a.dtype))) for n, a in enumerate(arrays)]
    out = b.scratch((size,), make(*(t[0] for t in tensors)).dtype)
    b.emit(loop(size, lambda i: store(out, [i], make(*(t[i] for t in tensors)))))
    return b.finish("kernel", [out])


def check(make: Make, arrays: list[np.ndarray]) -> None:
    for build in (vectorised, scalar):
        kernel = build(make, arrays)
        (expected,) = run(kernel, arrays)
        (got,) = run_native(kernel, arrays)
        assert got.dtype == expected.dtype
        if not dtypes.is_float(dtypes.from_numpy(got.dtype)):
            np.testing.assert_array_equal(got, expected)
            continue
        got, expected = got.astype(np.float64), expected.astype(np.float64)
        np.testing.assert_array_equal(got, expected)
        # The sign of a zero counts, that of NaN does not.
        known = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(expected[known]))


@pytest.mark.parametrize("dtype", [*INTS, *FLOATS])
@pytest.mark.parametrize("code", [*ARITHMETIC, *COMPARISONS], ids=lambda code: code.__name__)
def test_binary_operation(code: type[prim.Binary], dtype: str) -> None:
    check(code, operands(dtype, 2))


@pytest.mark.parametrize(
    "code", [prim.And, prim.Or, prim.EQ, prim.NE, prim.LT, prim.LE], ids=lambda code: code.__name__
)
def test_bool_operation(code: type[prim.Binary]) -> None:
    check(code, operands("bool", 2))


@pytest.mark.parametrize("dtype", INTS)
@pytest.mark.parametrize("name", BITS)
def test_bit_operation(name: str, dtype: str) -> None:
    a, b = operands(dtype, 2)
    if name.startswith("shift"):
        b = np.array([abs(int(v)) % 70 for v in b]).astype(dtype)
    check(lambda x, y: prim.intrinsic(name, x, y), [a, b])


@pytest.mark.parametrize("dtype", INTS)
@pytest.mark.parametrize("divisor", [1, 2, 3, 7, 8, 10, -1, -3])
def test_division_by_a_constant(divisor: int, dtype: str) -> None:
    divisor = abs(divisor) if dtypes.is_unsigned_int(dtype) else divisor
    for code in (prim.Div, prim.TruncMod, prim.FloorDiv, prim.FloorMod):
        check(lambda x, code=code: code(x, prim.const(divisor, dtype)), operands(dtype, 1))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "name", ["abs", "ceil", "floor", "trunc", "nearbyint", "round", "sqrt", "isnan", "isinf", "isfinite"]
)
def test_exact_float_function(name: str, dtype: str) -> None:
    kind = "bool" if name.startswith("is") else dtype
    (a,) = operands(dtype, 1)
    check(lambda x: prim.intrinsic(name, x, dtype=kind), [np.concatenate([a, a + a.dtype.type(0.5)])])


@pytest.mark.parametrize("dtype", [*INTS, "bool"])
def test_integer_functions(dtype: str) -> None:
    if dtype != "bool":
        for name in ("abs", "bitwise_not", "popcount", "clz"):
            check(lambda x, name=name: prim.intrinsic(name, x), operands(dtype, 1))
    check(lambda x: prim.Not(x.astype("bool")), operands(dtype, 1))


@pytest.mark.parametrize("target", [*INTS, *FLOATS, "bool"])
@pytest.mark.parametrize("source", [*INTS, *FLOATS, "bool"])
def test_cast(source: str, target: str) -> None:
    (values,) = operands(source, 1)
    if dtypes.is_float(source) and dtypes.is_int(target):
        # Beyond the target's range the result is not specified.
        values = np.array([0.0, -0.0, 1.9, 2.5, 100.0, *([-1.5, -7.75] if not dtypes.is_unsigned_int(target) else [])])
        values = values.astype(dtypes.to_numpy(source))
    check(lambda x: x.astype(target), [values])


@pytest.mark.parametrize("dtype", [*INTS, *FLOATS, "bool"])
def test_choice(dtype: str) -> None:
    check(lambda x, y: prim.select(x.equal(y), x, y), operands(dtype, 2))


def test_a_number_of_two_types_in_one_kernel() -> None:
    """The first element's bits, whose accumulators start with 0 as a byte, are shifted by 0 as a long."""
    b = LoopBuilder()
    x = b.input("x", TensorType((3, 8, 5), "int16"))

    def bit(i: PrimExpr, level: PrimExpr, j: PrimExpr, k: PrimExpr) -> PrimExpr:
        return prim.intrinsic("shift_right", x[i, k, j].astype("int64"), level).astype("uint8")

    func = b.finish("bits", [b.reduce((3, 3, 5), (8,), bit, Combiner.SUM, dtype="uint8")])
    inputs = [np.random.default_rng(0).integers(0, 8, (3, 8, 5)).astype(np.int16)]
    np.testing.assert_array_equal(run_native(func, inputs)[0], run(func, inputs)[0])


def test_a_strict_kernel_rounds_each_operation() -> None:
    values = np.random.default_rng(0).standard_normal((3, 4096)).astype(np.float32)
    separately = values[0] * values[1] + values[2]
    found = []
    for strict in (False, True):
        b = LoopBuilder()
        b.strict = strict
        x = b.input("x", TensorType((3, 4096)))
        func = b.finish("fused", [b.compute((4096,), lambda i, x=x: x[0, i] * x[1, i] + x[2, i])])
        assert ("contract" in module_text([func], Options())[0]) is not strict
        # The kernel keeps what it is on the way through its script.
        again = to_loops(from_loops(func).with_attr("global_symbol", "again"))
        assert again.strict is strict
        found.append(structural_key(func))
        if strict:
            np.testing.assert_array_equal(run_native(func, [values])[0], separately)
    assert found[0] != found[1]
