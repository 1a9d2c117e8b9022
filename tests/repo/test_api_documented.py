"""Every public name stands on the page of the API, and its docstring says what it takes, gives and raises."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tensor_core import codes

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


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_the_source_of_the_behaviour_is_named(module: str, name: str) -> None:
    assert re.search(r"^Source: ", inspect.getdoc(public(module, name)) or "", re.MULTILINE)


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


# ---------------------------------------------------------------- every public name of the packages

PACKAGES = ("cpu_backend", "migrate", "relax_core", "relay2relax", "relay_compat", "tensor_core")
ELSEWHERE = ("migrate/cli/", "migrate/verify/oracles/worker/")
"""Their help is their description, and what every command raises is on one page; scripts for another interpreter."""
Definition = ast.FunctionDef | ast.ClassDef


def _definitions(
    body: list[ast.stmt], owner: str = "", bases: tuple[str, ...] = ()
) -> Iterator[tuple[str, Definition, tuple[str, ...]]]:
    """Public functions, classes and methods by name; of a method also the names of its class's bases, which may
    describe it. A member that is only declared (``...``) is described by what defines it, a setter by its property.
    """
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        is_class = isinstance(node, ast.ClassDef)
        if is_class or not (ast.unparse(node.body[-1]) == "..." or any(map(_sets, node.decorator_list))):
            yield owner + node.name, node, bases
        if is_class:
            of_class = tuple(ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases)
            yield from _definitions(node.body, f"{owner}{node.name}.", of_class)


def _sets(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr == "setter"


def _raised(node: Definition) -> set[str]:
    """The codes of the diagnostics that a function raises itself."""
    found: set[str] = set()
    pending: list[ast.AST] = [] if isinstance(node, ast.ClassDef) else [*node.body]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            continue
        pending += ast.iter_child_nodes(part)
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call) and part.exc.args:
            match = re.fullmatch(r"codes\.([A-Z_]+)", ast.unparse(part.exc.args[0]))
            found |= {getattr(codes, match[1]).id} if match else set()
    return found


@pytest.fixture(scope="module")
def trees(root: Path) -> dict[str, ast.Module]:
    """Every file of the packages by its place."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8")) for path in paths}


@pytest.fixture(scope="module")
def methods(trees: dict[str, ast.Module]) -> set[str]:
    """Methods that have a docstring, as ``Class.method``."""
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {
        f"{owner.name}.{item.name}"
        for owner in classes
        for item in owner.body
        if isinstance(item, ast.FunctionDef) and ast.get_docstring(item)
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_described_with_the_codes_it_raises(
    trees: dict[str, ast.Module], methods: set[str], package: str
) -> None:
    faults: list[str] = []
    for place, tree in trees.items():
        if not place.startswith(f"{package}/") or place.startswith(ELSEWHERE):
            continue
        for name, node, bases in _definitions(tree.body):
            told = ast.get_docstring(node) or ""
            if not told and not any(f"{base}.{node.name}" in methods for base in bases):
                faults.append(f"{place}: {name} has no docstring")
            # A family of codes, or DiagnosticError with what it is for, says it as well.
            missing = {code for code in _raised(node) if code not in told and f"{code[:5]}xx" not in told}
            if missing and "DiagnosticError" not in told:
                faults.append(f"{place}: {name} does not say {', '.join(sorted(missing))}")
    assert not faults, "\n".join(faults)
