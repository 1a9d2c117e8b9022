"""Structural equality of objects of the IR (tvm.ir.structural_equal in TVM 0.19).

Bound variables may have other names; free ones must be the same objects unless ``map_free_vars``. Sharing counts:
a node used twice is not two equal nodes, except constants and projections. Spans and inferred types do not count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from relay_compat.ir.values import Pairs
from relay_compat.structural.fields import Identity, entries, pairs, reduced
from relay_compat.structural.path import ObjectPath
from tensor_core.attrs import Attrs
from tensor_core.node import Node

_FLOAT_TOLERANCE = 1e-9
_ROOT = ObjectPath()


class Mismatch(NamedTuple):
    """Where two objects differ first: the way to the place in each."""

    lhs_path: ObjectPath
    rhs_path: ObjectPath


def structural_equal(lhs: Any, rhs: Any, map_free_vars: bool = False) -> bool:
    """Whether two objects (expressions, types, modules, attributes, arrays of such) are equal up to renaming."""
    return _Comparison(trace=False).run(lhs, rhs, map_free_vars)


def first_mismatch(lhs: Any, rhs: Any, map_free_vars: bool = False) -> Mismatch | None:
    """Where two objects differ first (tvm.ir.get_first_structural_mismatch); None where they are equal."""
    comparison = _Comparison(trace=True)
    comparison.run(lhs, rhs, map_free_vars)
    return comparison.mismatch


class _Task(NamedTuple):
    lhs: Any
    rhs: Any
    free: bool
    lhs_path: ObjectPath | None
    rhs_path: ObjectPath | None


class _Done(NamedTuple):
    """Marks that all parts of two graph nodes were equal, so that they now stand for each other."""

    lhs: Any
    rhs: Any


class _Comparison:
    def __init__(self, trace: bool) -> None:
        self._path = _ROOT if trace else None
        self._left: dict[Any, Any] = {}
        self._right: dict[Any, Any] = {}
        self._stack: list[_Task | _Done] = []
        self.mismatch: Mismatch | None = None

    def run(self, lhs: Any, rhs: Any, map_free_vars: bool) -> bool:
        stack = self._stack
        stack.append(_Task(lhs, rhs, map_free_vars, self._path, self._path))
        while stack:
            task = stack.pop()
            if isinstance(task, _Done):
                self._left[task.lhs], self._right[task.rhs] = task.rhs, task.lhs
            elif not self._expand(task):
                return False
        return True

    def _expand(self, task: _Task) -> bool:
        """Compare two objects up to their parts, which go on the stack."""
        lhs, rhs = task.lhs, task.rhs
        if lhs is None or rhs is None:
            return lhs is rhs or self._differ(task)
        if isinstance(lhs, (tuple, list)):
            return self._array(task)
        found = entries(lhs)
        if found is not None:
            return self._entries(task, *found)
        ours = pairs(lhs)
        if ours is not None:
            return self._pairs(task, ours)
        return self._object(task)

    def _object(self, task: _Task) -> bool:
        lhs, rhs = task.lhs, task.rhs
        if _container(rhs):
            return self._differ(task)
        known = _known(self._left, lhs)
        if known is not None:
            return known is rhs or known == rhs or self._differ(task)
        if _known(self._right, rhs) is not None:
            return self._differ(task)
        a, b = reduced(lhs), reduced(rhs)
        if a.kind != b.kind:
            return self._differ(task)
        for (label, left), (_, right) in zip(a.plain, b.plain, strict=True):
            if not _same(left, right):
                return self._differ(task, label)
        if len(a.parts) != len(b.parts):
            return self._differ(task)
        if a.free and not (lhs is rhs or task.free or lhs == rhs):
            return self._differ(task)
        if a.graph or a.free:
            self._stack.append(_Done(lhs, rhs))
        for left, right in zip(reversed(a.parts), reversed(b.parts), strict=True):
            self._push(task, left.value, right.value, f".{left.label}", task.free or left.defines)
        return True

    def _array(self, task: _Task) -> bool:
        lhs, rhs = cast("list[Any]", task.lhs), task.rhs
        if not isinstance(rhs, (tuple, list)):
            return self._differ(task)
        others = cast("list[Any]", rhs)
        common = min(len(lhs), len(others))
        if len(lhs) != len(others):
            if self._path is None:
                return False
            self._push_missing(task, common, len(lhs) > common)
        for index in range(common - 1, -1, -1):
            self._push(task, lhs[index], others[index], f"[{index}]", task.free)
        return True

    def _push_missing(self, task: _Task, index: int, left_is_longer: bool) -> None:
        """A task that fails when all before it was equal: one array goes on."""
        assert task.lhs_path is not None
        assert task.rhs_path is not None
        there, missing = ObjectPath.array_index, ObjectPath.missing_array_element
        left = (there if left_is_longer else missing)(task.lhs_path, index)
        right = (missing if left_is_longer else there)(task.rhs_path, index)
        self._stack.append(_Task(None, _MISSING, False, left, right))

    def _entries(self, task: _Task, kind: str, values: Mapping[str, Any]) -> bool:
        other = entries(task.rhs)
        if other is None or other[0] != kind:
            return self._differ(task)
        if values.keys() != other[1].keys():
            return self._missing_entry(task, values, other[1])
        for name in reversed(list(values)):
            step = f'["{name}"]' if kind == "Map" else f".{name}"
            self._push(task, values[name], other[1][name], step, task.free)
        return True

    def _missing_entry(self, task: _Task, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
        for name in ours:
            if name not in theirs:
                return self._differ(task, f'["{name}"]', "[<missing entry>]")
        name = next(name for name in theirs if name not in ours)
        return self._differ(task, "[<missing entry>]", f'["{name}"]')

    def _pairs(self, task: _Task, ours: tuple[tuple[Any, Any], ...]) -> bool:
        """Maps whose keys are objects: those of one side are looked up by what they were bound to."""
        theirs = pairs(task.rhs)
        if theirs is None:
            return self._differ(task)
        by_key = dict(theirs)
        if len(ours) != len(by_key):
            return self._differ(task)
        for key, value in reversed(ours):
            other = self._left.get(key, key)
            if other not in by_key:
                return self._differ(task, f"[{_shown(key)}]", "[<missing entry>]")
            self._push(task, value, by_key[other], f"[{_shown(key)}]", task.free)
        return True

    # ------------------------------------------------------------ paths

    def _push(self, task: _Task, lhs: Any, rhs: Any, step: str, free: bool) -> None:
        if task.lhs_path is None:
            self._stack.append(_Task(lhs, rhs, free, None, None))
            return
        self._stack.append(_Task(lhs, rhs, free, ObjectPath(task.lhs_path, step), ObjectPath(task.rhs_path, step)))

    def _differ(self, task: _Task, step: str = "", other: str | None = None) -> bool:
        if task.lhs_path is not None and task.rhs_path is not None:
            self.mismatch = Mismatch(*_paths(task.lhs_path, task.rhs_path, step, step if other is None else other))
        return False


_MISSING = object()


def _paths(lhs: ObjectPath, rhs: ObjectPath, left: str, right: str) -> Iterator[ObjectPath]:
    for path, step in ((lhs, left), (rhs, right)):
        yield ObjectPath(path, step if step.startswith("[") else f".{step}") if step else path


def _container(value: Any) -> bool:
    return isinstance(value, (tuple, list, dict, Pairs, Attrs))


def _known(bound: dict[Any, Any], value: Any) -> Any:
    """What stands for a node; other objects have no identity that counts."""
    return bound.get(value) if isinstance(value, (Node, Identity)) else None


def _shown(key: Any) -> str:
    return f'I.GlobalVar("{key.name}")' if hasattr(key, "name") else str(key)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return left == right or abs(left - right) < _FLOAT_TOLERANCE or (math.isnan(left) and math.isnan(right))
    return type(left) is type(right) and left == right
