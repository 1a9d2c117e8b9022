"""The porting order follows from what passes need, and that from what they declare."""

import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from migrate.passes.ledger import ledger
from migrate.passes.order import graph, porting_order
from relay_compat.transform.registry import NAMES, find
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import Pass


def test_every_pass_comes_after_those_that_it_needs() -> None:
    steps = porting_order()
    place = {row.name: number for number, step in enumerate(steps) for row in step}
    assert set(place) == set(ledger())
    for row in ledger().values():
        assert all(place[name] < place[row.name] for name in row.needs), row.name
        # As early as it can.
        assert place[row.name] == 1 + max((place[name] for name in row.needs), default=-1)


def test_what_a_pass_requires_is_what_it_needs() -> None:
    seen = 0
    for name in NAMES:
        try:
            made = find(name)()  # type: ignore[misc]
        except TypeError:
            # It has no default options.
            continue
        if isinstance(made, Pass) and name in ledger():
            assert set(made.info.required) <= set(ledger()[name].needs), name
            seen += bool(made.info.required)
    assert seen > 15


def test_only_what_is_asked_for_and_what_that_needs() -> None:
    names = [[row.name for row in step] for step in porting_order(["FakeQuantizationToInteger"])]
    assert names == [["FoldConstant", "InferType"], ["DivToMul"], ["FakeQuantizationToInteger"]]
    assert list(graph(["InferType"])) == ["InferType"]


def test_a_pass_without_a_row_is_refused() -> None:
    with pytest.raises(DiagnosticError, match="the ledger has no pass"):
        porting_order(["NoSuchPass"])


def test_the_command_tells_steps_and_what_they_build_on() -> None:
    told = CliRunner().invoke(main, ["passes", "order", "FoldScaleAxis"])
    assert told.exit_code == 0
    assert told.stdout.splitlines()[-2:] == [
        "step 3",
        "  FoldScaleAxis          ported      after BackwardFoldScaleAxis, ForwardFoldScaleAxis, FoldConstant",
    ]
