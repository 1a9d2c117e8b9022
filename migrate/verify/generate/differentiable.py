"""Rows whose calls TVM differentiates."""

from __future__ import annotations

from functools import cache

from migrate.verify.generate import inverse_places, inverse_windows
from migrate.verify.generate.inverses import Inverse
from migrate.verify.generate.productions import PRODUCTIONS, Production
from tensor_core.ops.registry import registry

_ONLY: dict[str, Inverse] = {
    "nn.max_pool2d": inverse_windows.pool(2, average=False, dilated=False),
    "nn.avg_pool2d": inverse_windows.pool(2, average=True, dilated=False),
    "gather_nd": inverse_places.gathered_by_rows(batches=False),
    "scatter_nd": inverse_places.scattered_by_rows("add"),
}
"""Operators of which some calls have no gradient, and how those come to be that have one."""
_FEW = frozenset({"nn.adaptive_avg_pool2d"})
"""Operators of which hardly any drawn call has one."""


@cache
def differentiable() -> tuple[Production, ...]:
    """Those of all rows, the plainest first."""
    cards = registry().by_name
    return tuple(
        Production(row.card, _ONLY.get(row.card, row.inverse), row.dtypes, row.ranks, row.fits)
        for row in PRODUCTIONS
        if cards[row.card].gradient is not None and row.card not in _FEW
    )
