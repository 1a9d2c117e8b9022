"""Every public name stands on the page of the API, and its docstring says what it takes, gives and raises."""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODULES = ("relay2relax", "relay2relax.testing")
NAMES = [(module, name) for module in MODULES for name in importlib.import_module(module).__all__]
VALUES = {"EVERYTHING", "PLAIN", "PURE"}
"""Sets of features; :class:`Feature` says what is in them."""
FUNCTIONS = [
    (module, name) for module, name in NAMES if inspect.isfunction(getattr(importlib.import_module(module), name))
]


def public(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@pytest.fixture(scope="module")
def page(root: Path) -> set[str]:
    """The dotted names that the page documents."""
    return set(re.findall(r"^::: ([\w.]+)$", (root / "docs" / "reference" / "api.md").read_text(), re.MULTILINE))


@pytest.mark.parametrize(("module", "name"), [pair for pair in NAMES if pair[1] not in VALUES])
def test_the_page_has_every_name(module: str, name: str, page: set[str]) -> None:
    found = public(module, name)
    # What hypothesis made of a function has another qualified name.
    assert f"{found.__module__}.{found.__name__}" in page
    assert found.__doc__


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_every_parameter_is_described(module: str, name: str) -> None:
    function: Callable[..., Any] = public(module, name)
    told = function.__doc__ or ""
    parameters = [p for p in inspect.signature(function).parameters if p != "draw"]
    missing = [p for p in parameters if not re.search(rf"``{p}\b", told)]
    assert not missing


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_what_is_raised_is_named(module: str, name: str) -> None:
    assert re.search(r"R2R\d\d|Raises|\w+Error\b|no error is raised", public(module, name).__doc__ or "")


def test_what_has_units_says_so() -> None:
    assert "no unit" in (public("relay2relax.testing", "assert_equivalent").__doc__ or "")


@pytest.mark.parametrize("module", MODULES)
def test_modules_say_what_they_are_for(module: str) -> None:
    assert importlib.import_module(module).__doc__


@pytest.mark.parametrize("name", ["ConversionResult", "Reversion", "Verdict"])
def test_methods_and_properties_are_described(name: str) -> None:
    for called, member in vars(public("relay2relax", name)).items():
        if not called.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            assert member.__doc__, called
