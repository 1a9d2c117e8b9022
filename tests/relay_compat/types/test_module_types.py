"""memory.alloc_storage gives a Storage, which the library core.rly defines."""

import numpy as np
import pytest

from relay_compat.ir.expr import Call, Constant, Function, op
from relay_compat.ir.module import IRModule
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError


def allocating() -> Function:
    size, alignment = (Constant(np.array(value, np.int64)) for value in (1024, 64))
    shape = Constant(np.array([64, 2], np.int64))
    attrs = Attrs("relay.attrs.AllocStorageAttrs", {"dtype": "float32", "virtual_device": None})
    return Function((), Call(op("memory.alloc_storage"), (size, shape, alignment), attrs))


def test_the_type_is_the_modules() -> None:
    module = IRModule({"main": allocating()})
    module.import_from_std("core.rly")
    function = infer_types(module)["main"]
    assert isinstance(function, Function)
    assert str(function.ret_type) == "Storage[]"


def test_without_the_type_it_is_named() -> None:
    with pytest.raises(DiagnosticError, match="Storage") as caught:
        infer_types(IRModule({"main": allocating()}))
    assert caught.value.diagnostics[0].code is codes.UNDEFINED_NAME
    assert "core.rly" in caught.value.diagnostics[0].hint
