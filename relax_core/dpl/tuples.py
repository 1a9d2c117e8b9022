"""Values that match the fields of a tuple pattern although no tuple is there (TupleRewriter in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from relax_core.dpl.graph import mentions
from relax_core.dpl.matcher import Matcher
from relax_core.dpl.patterns import DFPattern
from relax_core.ir.expr import Binding, Expr, Tuple, TupleGetItem, Var
from relax_core.structural import structural_equal
from tensor_core import codes
from tensor_core.diagnostics import fail

_MOST_FIELDS = 3

Matched = dict[DFPattern, Expr]


class _Bound:
    """A binding with what each pattern matched in its value, and who uses its variable."""

    __slots__ = ("matches", "used", "users", "value", "var")

    def __init__(self, var: Var, value: Expr, matches: list[Matched | None]) -> None:
        self.var = var
        self.value = value
        self.matches = matches
        self.users: set[Var] = set()
        self.used = False


class TupleSearch:
    """Finds, binding by binding, earlier bindings that together match all patterns. ``make`` gives the new values."""

    def __init__(self, patterns: Sequence[DFPattern], make: Callable[[Sequence[Expr], Matched], Expr | None]) -> None:
        if len(patterns) > _MOST_FIELDS:
            raise fail(codes.NOT_COVERED, f"tuple patterns of more than {_MOST_FIELDS} fields match bound tuples only")
        self._patterns = patterns
        self._make = make
        self._bound: list[_Bound] = []
        self._candidates: list[list[int]] = [[] for _ in patterns]

    def rewrites(self, bindings: Sequence[Binding]) -> dict[Var, Expr]:
        """New values of variables."""
        result: dict[Var, Expr] = {}
        values: dict[Var, Expr] = {}
        places: dict[Var, int] = {}
        matcher = Matcher(values)
        for place, binding in enumerate(bindings):
            value: Expr = binding.value
            places[binding.var] = place
            matches = [matcher.match(pattern, value) for pattern in self._patterns]
            self._bound.append(_Bound(binding.var, value, matches))
            for index, found in enumerate(matches):
                if found is not None:
                    self._candidates[index].append(place)
            chosen = self._found(place)
            if chosen is None:
                values[binding.var] = value
            else:
                for index, expr in zip(*chosen, strict=True):
                    item = self._bound[index]
                    result[item.var] = expr
                    values.pop(item.var, None)
                    item.used = True
            for var in mentions(value):
                if var in places:
                    self._bound[places[var]].users.add(binding.var)
        return result

    def _found(self, last: int) -> tuple[list[int], list[Expr]] | None:
        """Places and new values of a match that the last binding completes: as the last field if possible."""
        for field in reversed(range(len(self._patterns))):
            if self._bound[last].matches[field] is None:
                continue
            for places in self._choices(field, last):
                new = self._try(places)
                if new is not None:
                    return places, new
        return None

    def _choices(self, field: int, last: int) -> Iterator[list[int]]:
        """Places for all fields, one of them fixed; the latest bindings first, the first field varying fastest."""
        options = [
            [last]
            if index == field
            else [place for place in reversed(known) if place != last and not self._bound[place].used]
            for index, known in enumerate(self._candidates)
        ]

        # The last field is the slowest wheel.
        def wheel(index: int) -> Iterator[list[int]]:
            if index < 0:
                yield []
                return
            for place in options[index]:
                for rest in wheel(index - 1):
                    if place not in rest:
                        yield [*rest, place]

        return wheel(len(options) - 1)

    def _try(self, places: Sequence[int]) -> list[Expr] | None:
        items = [self._bound[place] for place in places]
        merged: Matched = {}
        for index, item in enumerate(items):
            for pattern, expr in (item.matches[index] or {}).items():
                known = merged.setdefault(pattern, expr)
                if known is not expr and not structural_equal(known, expr):
                    return None
        inside = {expr for expr in merged.values() if isinstance(expr, Var)}
        if any(user not in inside for item in items for user in item.users):
            return None
        new = self._make([item.value for item in items], merged)
        if new is None:
            return None
        if not isinstance(new, Tuple):
            return [TupleGetItem(new, index) for index in range(len(items))]
        if len(new.fields) != len(items):
            message = f"the replacement of a tuple of {len(items)} values has {len(new.fields)}"
            raise fail(codes.ILL_FORMED, message)
        return list(new.fields)
