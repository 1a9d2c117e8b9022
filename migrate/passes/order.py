"""In which order passes are ported: each after those whose work it builds on."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from migrate.passes.ledger import Row, ledger, row

if TYPE_CHECKING:
    import networkx


def graph(names: Collection[str] = ()) -> networkx.DiGraph[str]:
    """The passes of the ledger, an edge leading to each from those that it needs; with ``names``, these and what they
    need, directly or through others. R2R0703 for a name that has no row.
    """
    import networkx

    found: networkx.DiGraph[str] = networkx.DiGraph()
    wanted = list(names) if names else list(ledger())
    for name in wanted:
        found.add_node(name)
        for needed in row(name).needs:
            if needed not in found:
                wanted.append(needed)
            found.add_edge(needed, name)
    return found


def porting_order(names: Collection[str] = ()) -> list[list[Row]]:
    """From the bottom: first the passes that need no other, then those that need only these, and so on."""
    import networkx

    return [[row(name) for name in sorted(step)] for step in networkx.topological_generations(graph(names))]
