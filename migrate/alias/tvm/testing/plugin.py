"""tvm.testing.plugin: the pytest plugin that TVM's own tests load."""

from __future__ import annotations

from typing import Any

import pytest

from migrate.alias.tvm.runtime.device import Device, device
from migrate.alias.tvm.testing import enabled_targets
from migrate.alias.tvm.testing.fixtures import kind_of


def pytest_addoption(parser: Any) -> None:
    """The option of TVM's plugin."""
    parser.addoption("--gtest_args", action="store", default="")


def pytest_generate_tests(metafunc: Any) -> None:
    """Give a test its sets of parameters and its targets."""
    _sets(metafunc)
    if "target" in metafunc.fixturenames and not _parametrized(metafunc, "target"):
        excluded = getattr(metafunc.function, "tvm_excluded_targets", ())
        failing = getattr(metafunc.function, "tvm_known_failing_targets", ())
        targets = [name for name, _ in enabled_targets() if name not in excluded]
        values = [pytest.param(name, marks=pytest.mark.xfail) if name in failing else name for name in targets]
        metafunc.parametrize("target", values, scope="session")


def _sets(metafunc: Any) -> None:
    groups: dict[int, tuple[list[str], list[Any], Any]] = {}
    for name, definitions in metafunc.definition._fixtureinfo.name2fixturedefs.items():
        found = getattr(definitions[-1].func, "parametrize_group", None)
        if found is not None:
            group, values, ids = found
            names, columns, _ = groups.setdefault(group, ([], [], ids))
            names.append(name)
            columns.append(values)
    for names, columns, ids in groups.values():
        rows = list(zip(*columns, strict=True))
        values = [row[0] for row in rows] if len(names) == 1 else rows
        metafunc.parametrize(",".join(names), values, indirect=True, ids=ids)


def _parametrized(metafunc: Any, name: str) -> bool:
    marks = metafunc.definition.iter_markers("parametrize")
    listed = [mark.args[0] for mark in marks]
    return any(name in (item.replace(" ", "").split(",") if isinstance(item, str) else item) for item in listed)


@pytest.fixture
def dev(target: Any) -> Device:
    """The device of a test's target."""
    return device(kind_of(target))
