"""Rules for names, operators, types and scripts, together on whole files."""

import pytest

from migrate.codemods.api import api
from migrate.codemods.driver import Level, Options, port_source
from migrate.codemods.op_calls import CALLS
from migrate.codemods.target import RELEASES, Target

SCRIPT = """import tvm
from tvm import relay
from tvm.contrib import graph_executor

mod, params = relay.frontend.from_onnx(model, {"data": shape})
with tvm.transform.PassContext(opt_level=3):
    lib = relay.build(mod, target="llvm", params=params)
module = graph_executor.GraphModule(lib["default"](tvm.cpu(0)))
module.set_input("data", tvm.nd.array(image))
module.run()
print(module.get_output(0).asnumpy())
"""
PORTED = '''import tvm
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx


def with_params(mod, params):
    """The module with constants for the parameters of main with these names; other names are passed over."""
    names = {param.name for param in mod["main"].params}
    given = {name: value for name, value in (params or {}).items() if name in names}
    return relax.transform.BindParams("main", given)(mod)


mod, params = (from_onnx(model, {"data": shape}), {})
with tvm.transform.PassContext(opt_level=3):
    lib = relax.build(with_params(mod, params), target="llvm")
module = relax.VirtualMachine(lib, tvm.cpu(0))
module.set_input("main", **{"data": tvm.runtime.tensor(image)})
module.invoke_stateful("main")
print(module.get_outputs("main").numpy())
'''


def test_a_script_that_builds_and_runs() -> None:
    result = port_source(SCRIPT, "run.py")
    assert result.text == PORTED
    assert {place.level for place in result.places} <= {Level.AUTO, Level.KEPT}
    assert port_source(result.text, "run.py").text == PORTED


CHECK = """from tvm import relay


def is_small_conv(call):
    if not isinstance(call, relay.Call) or call.op.name != "nn.conv2d":
        return False
    weight = call.args[1].checked_type
    return isinstance(call.args[1], relay.Constant) and weight.dtype == "int8" and call.attrs.groups == 1
"""


@pytest.mark.parametrize(
    ("release", "word", "constant"),
    [("0.21", "struct_info", "relax.Constant"), ("0.26", "ty", "relax.Constant"), ("0.27", "ty", "ir.GenericConst")],
)
def test_words_are_those_of_the_release(release: str, word: str, constant: str) -> None:
    text = port_source(CHECK, "check.py", options=Options(Target(release))).text
    assert f"call.args[1].{word}\n" in text
    assert f"isinstance(call.args[1], {constant})" in text
    assert '"relax.nn.conv2d"' in text
    assert "relay" not in text


def test_relax_of_one_release_becomes_that_of_another_step_by_step() -> None:
    source = "from tvm import relax\n\n\ndef f(x):\n    return relax.TensorStructInfo((1,), x.struct_info.dtype)\n"
    at_once = port_source(source, "f.py", options=Options(Target("0.27"), old="0.21")).text
    half = port_source(source, "f.py", options=Options(Target("0.25"), old="0.21")).text
    assert half == source
    assert port_source(half, "f.py", options=Options(Target("0.27"), old="0.25")).text == at_once
    assert "relax.TensorType((1,), x.ty.dtype)" in at_once


@pytest.mark.parametrize("release", RELEASES)
def test_every_row_of_operators_names_parameters_that_there_are(release: str) -> None:
    old, new = api("0.19"), api(release)
    known = 0
    for name, row in CALLS.items():
        function = new.known(f"tvm.relax.op.{row.relax}")
        if function is None or function not in new.parameters:
            continue
        known += 1
        parameters = [item.partition("=")[0] for item in new.parameters[function]]
        before = [item.partition("=")[0] for item in old.parameters[name]]
        assert {*row.renamed, *row.gone, *row.only, *row.values} <= {
            *before,
            "with_mean",
            "unbiased",
            "select_last_index",
        }
        assert set(row.renamed.values()) <= set(parameters), name
        assert row.lead <= min(len(before), len(parameters))
    assert known > 90
