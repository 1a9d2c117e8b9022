"""The standard definitions are TVM 0.19's, by recorded digests that do not depend on the names of variables."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from digests import definition, digest

import relay_compat as relay
from relay_compat import prelude
from relay_compat.ir.types import Any as AnyDim
from relay_compat.prelude import Prelude, StaticTensorArrayOps, get_tensor_array_shape
from tensor_core.diagnostics import DiagnosticError


def _made(root: Path) -> dict[str, Any]:
    sys.path.insert(0, str(root / "tests" / "corpus"))
    from prelude_modules import modules  # pyright: ignore[reportMissingImports]

    return modules(relay, SimpleNamespace(Any=AnyDim), prelude)


def test_every_definition_is_that_of_tvm(root: Path):
    modules = _made(root)
    lines = (root / "tests" / "corpus" / "prelude.tsv").read_text().splitlines()
    differ: list[str] = []
    for line in lines:
        home, name, recorded = line.split("\t")
        module = modules[home]
        if name.startswith("@"):
            found = digest(module[name[1:]])
        else:
            found = definition(module.type_definitions[module.get_global_type_var(name)])
        if found != recorded:
            differ.append(f"{home} {name}")
    assert len(lines) > 280
    assert not differ
    # Nothing is defined that TVM does not define.
    counted = {home: len(module.functions) for home, module in modules.items()}
    assert counted["Prelude"] == 240
    assert counted["prelude.rly"] == 24


def test_names_and_constructors():
    standard = Prelude()
    header, cons, nil = standard.mod.get_type("List")
    assert standard.mod.get_constructor(cons.tag) is cons
    assert standard.mod.get_constructor(nil.tag) is nil
    assert standard.get_tensor_ctor("tensor3", "int8").belong_to is standard.get_type("tensor_t", "int8")
    assert standard.map is standard.mod.get_global_var("map")
    assert str(header(relay.scalar_type("int8"))) == "List[Tensor[(), int8]]"
    with pytest.raises(AttributeError, match="defines no"):
        _ = standard.no_such_function
    with pytest.raises(DiagnosticError, match="R2R0103"):
        standard.mod.import_from_std("no_such.rly")


def test_nat_needs_lists():
    with pytest.raises(DiagnosticError, match="R2R01"):
        relay.IRModule().import_from_std("nat.rly")
    module = Prelude().mod.import_from_std("nat.rly")
    assert str(module["nat_nth"].checked_type.ret_type) == "A"


def test_the_shape_of_an_array_is_read_off_its_type():
    standard = Prelude()
    ops = StaticTensorArrayOps(standard, "float32", (3, AnyDim()))
    ops.register()
    array = ops.get_global_var("tensor_array")(relay.const(2))
    assert get_tensor_array_shape(array, "float32", standard) == (3, AnyDim())
    unknown = standard.get_global_var("tensor_array", "float32")(relay.const(2))
    assert get_tensor_array_shape(unknown, "float32", standard) is None
    with pytest.raises(DiagnosticError, match="R2R0202"):
        get_tensor_array_shape(relay.const(1), "float32", standard)
