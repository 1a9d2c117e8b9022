"""Tensor expressions in Relax programs: the tensor programs and calls that TVM 0.19 makes of them."""

import numpy as np
import pytest

import migrate.execution  # noqa: F401 -- chooses the compiler
from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import IRModule, Var
from relax_core.ir.types import TensorType
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module
from tensor_core import prim
from tensor_core.device import cpu
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.nodes import Combiner
from tensor_core.te.tensor import compute, reduce_axis, reduction

_CHAIN = """
    @T.prim_func(private=True)
    def chain(x: T.Buffer((T.int64(4), T.int64(8)), "float32"), y: T.Buffer((T.int64(4), T.int64(8)), "float32"), compute: T.Buffer((T.int64(4), T.int64(8)), "float32")):
        T.func_attr({"tir.noalias": T.bool(True)})
        # with T.block("root"):
        compute_1 = T.alloc_buffer((T.int64(4), T.int64(8)))
        for i, j in T.grid(T.int64(4), T.int64(8)):
            with T.block("compute"):
                v_i, v_j = T.axis.remap("SS", [i, j])
                T.reads(x[v_i, v_j], y[v_i, v_j])
                T.writes(compute_1[v_i, v_j])
                compute_1[v_i, v_j] = x[v_i, v_j] + y[v_i, v_j]
        for i, j in T.grid(T.int64(4), T.int64(8)):
            with T.block("compute_1"):
                v_i, v_j = T.axis.remap("SS", [i, j])
                T.reads(compute_1[v_i, v_j])
                T.writes(compute[v_i, v_j])
                compute[v_i, v_j] = compute_1[v_i, v_j] * T.float32(2.0)
"""  # noqa: E501
_SYMBOLIC = """
    @T.prim_func(private=True)
    def rows(var_x: T.handle, var_total: T.handle):
        T.func_attr({"tir.noalias": T.bool(True)})
        n = T.int64()
        x = T.match_buffer(var_x, (n, T.int64(4)))
        total = T.match_buffer(var_total, (n,))
        # with T.block("root"):
        for i, k in T.grid(n, T.int64(4)):
            with T.block("total"):
                v_i, v_k = T.axis.remap("SR", [i, k])
                T.reads(x[v_i, v_k])
                T.writes(total[v_i])
                with T.init():
                    total[v_i] = T.float32(0.0)
                total[v_i] = total[v_i] + x[v_i, v_k]
"""


def chain(a, b, *, factor):
    first = compute(a.shape, lambda i, j: a[i, j] + b[i, j])
    return compute(a.shape, lambda i, j: first[i, j] * factor)


def rows(a):
    k = reduce_axis((0, a.shape[1]), "k")
    return compute(a.shape[:1], lambda i: reduction(Combiner.SUM, a[i, k.var], k), name="total")


def _module(function, *types: TensorType, **named) -> IRModule:
    bb = BlockBuilder(release="0.19")
    params = [Var(name, type_) for name, type_ in zip("xy", types, strict=False)]
    with bb.function("main", params):
        bb.emit_func_output(bb.emit_te(function, *params, **named))
    return bb.finalize()


def test_programs_are_those_of_tvm() -> None:
    config = ScriptConfig(exact=True)
    fixed = _module(chain, TensorType((4, 8)), TensorType((4, 8)), factor=2.0)
    assert _CHAIN in print_module(fixed, "0.19", config=config)
    n = prim.Var("n")
    open_ = print_module(_module(rows, TensorType((n, 4))), "0.19", config=config)
    assert _SYMBOLIC in open_
    assert 'gv = R.call_tir(cls.rows, (x,), out_sinfo=R.Tensor((n,), dtype="float32"))' in open_


def test_programs_run() -> None:
    from relax_core.backend.build import build
    from relax_core.backend.virtual_machine import VirtualMachine

    module = _module(chain, TensorType((4, 8)), TensorType((4, 8)), factor=2.0)
    x, y = (np.arange(32, dtype="float32").reshape(4, 8) + start for start in (0, 1))
    found = VirtualMachine(build(module, release="0.19"), cpu())["main"](x, y)
    np.testing.assert_array_equal(np.asarray(found), (x + y) * 2)


def test_what_is_refused() -> None:
    with pytest.raises(DiagnosticError, match="R2R0202"):
        _module(lambda a: a.shape, TensorType((4,)))
    with pytest.raises(DiagnosticError, match="R2R0202"):
        _module(rows, TensorType((4, 8)), extra=object())
    with pytest.raises(AssertionError, match="ShapeExpr"):
        _module(rows, TensorType(None, ndim=2))
