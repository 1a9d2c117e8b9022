"""Notebooks: code cells are ported as one text, and nothing else of the file changes."""

import json
from typing import Any

import pytest

from migrate.codemods.driver import port_source
from migrate.codemods.magics import mask
from migrate.codemods.notebook import cell_sources, port_notebook
from tensor_core.diagnostics import DiagnosticError

IMPORT = "import tvm\n"
CALL = "c = tvm.relay.nn.batch_matmul(a, b, transpose_b=False)"
PORTED = "c = tvm.relax.op.matmul(a, b)"


def notebook(*cells: Any, **more: Any) -> dict[str, Any]:
    made = [
        cell
        if isinstance(cell, dict)
        else {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell}
        for cell in cells
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more


def port(document: dict[str, Any], **style: Any) -> tuple[str, str, Any]:
    text = json.dumps(document, **{"indent": 1, "ensure_ascii": False} | style)
    return text, (result := port_notebook(text, "x.ipynb", port_source)).text, result


def test_only_the_changed_line_changes() -> None:
    lines = ["x = 'é'\n", CALL + "\n", "print(c)"]
    old, new, result = port(notebook({"cell_type": "markdown", "source": ["# Größe"]}, IMPORT, lines))
    assert new == old.replace(CALL, PORTED)
    assert [str(item.span) for item in result.applied] == ["x.ipynb:cell 3:2:5"]
    assert cell_sources(old, "x.ipynb")["x.ipynb:cell 3"].line(2) == CALL


@pytest.mark.parametrize(
    "style", [{"indent": None}, {"indent": 4, "separators": (" , ", " : ")}, {"ensure_ascii": True}, {"indent": "\t"}]
)
def test_manner_of_the_json_is_kept(style: dict[str, Any]) -> None:
    old, new, _ = port(notebook(IMPORT, ["é = 1\n", CALL], CALL + "  # é"), **style)
    assert new == old.replace(CALL, PORTED)


def test_an_import_stands_in_the_cell_of_the_old_one() -> None:
    document = notebook("from tvm import relay", "", "c = relay.nn.batch_matmul(a, b, transpose_b=False)")
    new = json.loads(port(document)[1])
    cells = ["from tvm import relax", "", "c = relax.op.matmul(a, b)"]
    assert [cell["source"] for cell in new["cells"]] == cells


@pytest.mark.parametrize(
    "magic",
    [
        "%matplotlib inline",
        "!pip install tvm (now",
        "files = !ls *.py",
        "relay.nn.batch_matmul?",
        "?relay",
        "%time x = 1",
        "if 1:\n    %timeit f('",
        "!echo a \\\n  b",
        "%%time",
    ],
)
def test_magics_stay(magic: str) -> None:
    old, new, result = port(notebook(IMPORT, f"{magic}\n{CALL}\n"))
    assert new == old.replace(CALL, PORTED)
    assert result.applied[0].span.line == magic.count("\n") + 2


def test_what_only_looks_like_a_magic_stays_python() -> None:
    for text in ("s = '''\n%d\n'''", "x = (a\n% b)", "y = a \\\n    % b"):
        masked = mask(text)
        assert (masked.text, masked.magics) == (text, ())


def test_magics_beyond_the_rounds_are_all_taken() -> None:
    text = "".join(f"!echo {number}\n" for number in range(200))
    masked = mask(text)
    assert len(masked.magics) == 200
    assert masked.restored(masked.text) == text


def test_a_lost_magic_is_noticed() -> None:
    masked = mask("%time\nx = 1")
    assert masked.restored("x = 1") is None


def test_cells_of_other_languages_and_broken_ones_stay() -> None:
    old, new, result = port(notebook(IMPORT, "%%bash\nrelay.nn (", "def (", CALL))
    assert new == old.replace(CALL, PORTED)
    assert [(item.code.id, str(item.span)) for item in result.refusals] == [("R2R0801", "x.ipynb:cell 3:1:5")]


def test_places_of_refusals_are_told_by_cell() -> None:
    result = port(notebook(IMPORT, "!ls\n\nf = tvm.relay.nn.batch_matmul"))[2]
    assert [str(item.span) for item in result.refusals] == ["x.ipynb:cell 2:3:5"]


def test_notebooks_of_format_3() -> None:
    cells = [{"cell_type": "code", "input": text, "language": "python"} for text in (IMPORT, [CALL])]
    old, new, _ = port({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3})
    assert new == old.replace(CALL, PORTED)


def test_other_languages_are_left_alone() -> None:
    document = notebook("x <- 1", metadata={"kernelspec": {"language": "R"}})
    old, new, result = port(document)
    assert (new, result.refusals) == (old, ())


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"cells": 1, "cells": {}', "[" * 100_000, "null"])
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(DiagnosticError, match="R2R0810"):
        port_notebook(text, "x.ipynb", port_source)


@pytest.mark.parametrize("cell", [None, 1, [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1, None]}])
def test_odd_cells_are_passed_over(cell: Any) -> None:
    old, new, _ = port({"cells": [cell], "metadata": [], "nbformat": 4})
    assert new == old
