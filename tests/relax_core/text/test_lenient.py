"""Forms of hand-written scripts that no printer writes, read as TVM reads them."""

import pytest

from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError

HEAD = """from tvm.script import ir as I, relax as R

@I.ir_module
class Module:
"""


def script(*lines: str) -> str:
    return HEAD + "\n".join(f"    {line}" for line in lines) + "\n"


def test_return_inside_of_a_dataflow_block_makes_an_output() -> None:
    text = script(
        "@R.function",
        'def main(x: R.Tensor((2,), "float32")):',
        "    with R.dataflow():",
        "        y = R.abs(x)",
        "        z = R.negative(y)",
        "        return z",
    )
    printed = print_module(read(text, release="0.27"), "0.27")
    assert "R.output(z)" in printed
    assert printed.rstrip().endswith("return z")


def test_method_astype_and_types_of_variables() -> None:
    text = script(
        "@R.function",
        'def main(x: R.Tensor((2,), "float32")):',
        '    y = x.astype("float16")',
        "    z: y.ty = R.abs(y)",
        "    return z",
    )
    printed = print_module(read(text, release="0.27"), "0.27")
    assert 'R.astype(x, dtype="float16")' in printed
    assert 'z: R.Tensor((2,), dtype="float16") = R.abs(y)' in printed


def test_private_functions_have_no_global_symbol() -> None:
    text = script(
        "@R.function(private=True)",
        'def main(x: R.Tensor((2,), "float32")):',
        '    R.func_attr({"global_symbol": "main"})',
        "    return x",
    )
    with pytest.raises(DiagnosticError, match="R2R0105"):
        read(text, release="0.27")
