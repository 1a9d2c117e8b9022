"""tvm.testing's ways to give parameters to tests: pytest fixtures and marks. Only the CPU is there."""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

_GROUPS = itertools.count()

HERE = frozenset({"llvm", "cpu", "c"})
"""The kinds of targets that tests can run on."""


def parameter(
    *values: Any, ids: Sequence[str] | None = None, by_dict: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """A fixture that runs its tests once for each value; ``by_dict`` gives values with their names.

    RuntimeError when values are given in both ways.
    """
    if by_dict is not None:
        if values or ids:
            raise RuntimeError("Use of the by_dict parameter cannot be used alongside positional arguments")
        ids, values = tuple(by_dict), tuple(by_dict.values())

    @pytest.fixture(params=values, ids=ids, scope="session")
    def as_fixture(*_cls: Any, request: Any) -> Any:
        return request.param

    return as_fixture


def parameters(*value_sets: Sequence[Any], ids: Sequence[str] | None = None) -> list[Callable[..., Any]]:
    """Fixtures, one for each item of the sets: a test that takes several runs once for each set."""
    group = next(_GROUPS)
    return [_grouped(group, values, ids) for values in zip(*value_sets, strict=True)]


def _grouped(group: int, values: Sequence[Any], ids: Sequence[str] | None) -> Callable[..., Any]:
    def as_fixture(*_cls: Any, request: Any) -> Any:
        return request.param

    as_fixture.parametrize_group = (group, values, ids)  # type: ignore[attr-defined]
    return pytest.fixture(as_fixture)


def fixture(func: Any = None, *, cache_return_value: bool = False) -> Any:
    """A pytest fixture. With ``cache_return_value`` it runs once for each combination of its arguments."""

    def make(function: Any) -> Any:
        return pytest.fixture(_cached(function) if cache_return_value else function)

    return make if func is None else make(func)


def _cached(function: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[str, Any] = {}

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = repr((args, sorted(kwargs.items())))
        if key not in known:
            known[key] = function(*args, **kwargs)
        return known[key]

    return wrapper


def parametrize_targets(*args: Any) -> Any:
    """Run a test on these targets, those that are not here skipped; without targets, on all that are."""
    if len(args) == 1 and callable(args[0]):
        return args[0]

    def mark(function: Any) -> Any:
        return pytest.mark.parametrize("target", [_target(item) for item in args], scope="session")(function)

    return mark


def _target(item: Any) -> Any:
    missing = kind_of(item) not in HERE
    return pytest.param(item, marks=pytest.mark.skip(reason=f"there is no {item}")) if missing else item


def kind_of(target: Any) -> str:
    """The kind of a target, which may be a string or an object with a kind."""
    return target.split()[0] if isinstance(target, str) else str(getattr(target.kind, "name", target.kind))


def exclude_targets(*args: str) -> Callable[[Any], Any]:
    """Run a test on all targets but these."""
    return _noting("tvm_excluded_targets", args)


def known_failing_targets(*args: str) -> Callable[[Any], Any]:
    """Expect a test to fail on these targets."""
    return _noting("tvm_known_failing_targets", args)


def _noting(name: str, targets: tuple[str, ...]) -> Callable[[Any], Any]:
    def note(function: Any) -> Any:
        setattr(function, name, targets)
        return function

    return note


def uses_gpu(*args: Any) -> Any:
    """Says that a test uses a GPU if there is one: changes nothing here."""
    return args[0] if args else _unchanged


def _unchanged(function: Any) -> Any:
    return function


def requires(feature: str) -> Callable[..., Any]:
    """The mark ``requires_<feature>``: skips tests unless the feature is one of the CPU."""

    def mark(*args: Any, **options: Any) -> Any:
        del options
        marked: Any = _unchanged if feature in HERE else pytest.mark.skip(reason=f"{feature} is not there")
        return marked(args[0]) if args and callable(args[0]) else marked

    return mark


def requires_package(*packages: str) -> Any:
    """Skips tests unless these packages can be imported."""
    missing = [name for name in packages if not _importable(name)]
    return pytest.mark.skipif(bool(missing), reason=f"missing packages: {', '.join(missing)}")


def _importable(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def main() -> None:
    """Run the tests of the file that calls it, and leave with pytest's exit code."""
    sys.exit(pytest.main([sys.argv[0], *sys.argv[1:]]))
