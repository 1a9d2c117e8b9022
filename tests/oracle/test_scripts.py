"""Real TVM reads the scripts that we print for it; the snippets recorded from it are still what it prints."""

from collections.abc import Callable
from typing import Any

import pytest
import recorded_scripts

from oracle import Oracle, OracleError, scripts
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError

pytestmark = pytest.mark.oracle

RELEASES = recorded_scripts.RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_snippets_print_as_recorded(release: str, tvm: Callable[[str], Oracle]):
    recorded = scripts.load()[release]
    for name, text in list(scripts.snippets().items())[::8]:
        try:
            printed = tvm(release).relax_print(text).rstrip()
        except OracleError:
            printed = None
        assert printed == recorded[name], name


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_printed_for_a_release_is_read_by_it(release: str, tvm: Callable[[str], Oracle]):
    same = count = 0
    for text in scripts.snippets().values():
        try:
            ours = print_module(read(text, release=release), release)
        except DiagnosticError:
            continue
        count += 1
        same += tvm(release).relax_print(ours, check=False).rstrip() == ours
    assert count >= 48
    assert same >= count - 10


@pytest.mark.parametrize("release", RELEASES)
def test_sections_of_metadata_are_read(release: str, tvm: Callable[[str], Oracle]):
    text = (
        '@R.function\ndef main(x: R.Tensor((2,), "float32")):\n    y = R.add(x, R.const([1.5, 2.0], "float32"))\n'
        '    return (y, R.const([[3], [4]], "int64"), R.const([True, False], "bool"))\n'
    )
    ours = print_module(read(text, release=release), release, config=ScriptConfig(show_meta=True))
    assert "metadata = tvm.ir.load_json(" in ours
    printed = tvm(release).relax_print(ours, check=False)
    assert printed.rstrip() == ours.partition('""")\n')[2].rstrip() + (
        "\n\n# Metadata omitted. Use show_meta=True in script() method to show it."
    )


def test_type_parameters_are_those_of_tvm(tvm: Callable[[str], Oracle]):
    options: dict[str, Any] = {"extra_config": {"relax.use_pep695": True}}
    for text in list(scripts.snippets().values()):
        if "T.prim_func" in text or "n" not in text:
            continue
        try:
            printed = tvm("0.27").relax_print(text, **options).rstrip()
            ours = print_module(read(text, release="0.27"), "0.27", config=ScriptConfig(exact=True, pep695=True))
        except (OracleError, DiagnosticError):
            continue
        if "@I.ir_module" in printed and "I.StringType" not in printed and "ndim=-1" not in printed:
            assert ours == printed
