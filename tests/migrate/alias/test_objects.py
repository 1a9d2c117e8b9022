"""Objects of tvm.ir and tvm.runtime that Python written against TVM makes and reads."""

import numpy as np
import pytest

from migrate.alias.tvm import ir, runtime
from migrate.alias.tvm.relay.frontend.common import infer_shape, infer_type
from relay_compat.ir.make import const, var
from relay_compat.op_levels import support_level
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError


def test_make_node_completes_the_struct() -> None:
    made = ir.make_node("relay.attrs.TopkAttrs", k=2)
    assert isinstance(made, ir.Attrs)
    assert (made.axis, made.get_int("k"), made.get_str("ret_type")) == (-1, 2, "both")
    with pytest.raises(DiagnosticError, match="R2R0105"):
        ir.make_node("relay.attrs.TopkAttrs", size=2)
    with pytest.raises(DiagnosticError, match="R2R0304"):
        ir.make_node("relay.Nothing")


def test_spans_are_written_and_read() -> None:
    span = ir.Span(ir.SourceName("model.py"), 1, 2, 3, 4)
    again = ir.load_json(ir.save_json(span))
    assert (again.source_name.name, again.line, again.end_line, again.column, again.end_column) == (
        "model.py",
        1,
        2,
        3,
        4,
    )
    assert ir.Span(None, 1, 2, 3, 4).source_name is None


def test_differences_are_located() -> None:
    with pytest.raises(ValueError, match=r"caused by lhs at <root>\.data"):
        ir.assert_structural_equal(const(1), const(2))
    ir.assert_structural_equal(const(1), const(1))
    assert ir.base.get_first_structural_mismatch(const(1), const(1)) is None


def test_containers() -> None:
    assert isinstance(Attrs("Map", {"a": 1}), ir.Map)
    assert not isinstance(Attrs("relay.attrs.TopkAttrs", {}), ir.Map)
    assert isinstance(ir.Map({"a": 1}), ir.Map)
    assert isinstance(ir.Array([1]), ir.Array)


def test_parameter_files() -> None:
    data = runtime.save_param_dict({"x": np.ones(2, "float32")})
    assert isinstance(data, bytearray)
    np.testing.assert_array_equal(runtime.load_param_dict(data)["x"].numpy(), np.ones(2))


def test_types_while_building() -> None:
    x = var("x", shape=(2, 3))
    assert infer_shape(x + x) == (2, 3)
    assert infer_type(const(1, "int8")).checked_type.dtype == "int8"


def test_support_levels() -> None:
    assert [support_level(name) for name in ("exp", "ceil", "nn.conv2d", "vendor.op")] == [1, 3, 2, 10]
