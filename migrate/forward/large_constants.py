"""Which large constants a function needs: its own, and those of the functions that it holds or names.

Large constants are parameters, whose arrays lie beside the program text; so a function that is called by another gets
them from its caller. Those of external functions stay where they are: code generators read them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrate.forward.survey import Survey, inside
from relax_core.text.literals import reads_back
from relay_compat.ir.expr import Constant, Function, GlobalVar

if TYPE_CHECKING:
    import networkx

INLINE_LIMIT = 64
"""Elements up to which a constant is written into the program."""


def is_large(constant: Constant) -> bool:
    """Whether a constant is too large for the program's text, or nothing that text says to the bit."""
    return constant.data.size > INLINE_LIMIT or not reads_back(constant.data)


def large_constants(survey: Survey) -> dict[Function, tuple[Constant, ...]]:
    """By function that others call or hold, what it needs, each constant once; those that need none are left out."""
    if not survey.called and len(survey.functions) == len(survey.globals):
        return {}
    if not any(isinstance(node, Constant) and is_large(node) for node in survey.nodes):
        return {}
    # Most programs come this far with nothing to do, and the library takes long to import.
    import networkx

    graph: networkx.DiGraph[Function] = networkx.DiGraph()
    direct: dict[Function, dict[Constant, None]] = {}
    for function in survey.functions:
        graph.add_node(function)
        if "Compiler" in function.attrs:
            continue
        direct[function] = found = {}
        for node in inside(function):
            for child in node.iter_children():
                if isinstance(child, Constant) and is_large(child):
                    found[child] = None
                elif isinstance(child, Function):
                    graph.add_edge(function, child)
                elif isinstance(child, GlobalVar) and child in survey.globals:
                    graph.add_edge(function, survey.globals[child])
    return {function: tuple(needed) for function, needed in _closed(graph, direct) if needed}


def _closed(
    graph: networkx.DiGraph[Function], direct: dict[Function, dict[Constant, None]]
) -> Iterator[tuple[Function, dict[Constant, None]]]:
    """What each function needs by itself and through others; those that need each other need the same."""
    import networkx

    done: dict[Function, dict[Constant, None]] = {}
    order = {function: place for place, function in enumerate(graph)}
    condensed = networkx.condensation(graph)
    # Those that a component leads to come before it.
    for number in reversed(list(networkx.topological_sort(condensed))):
        component: set[Function] = condensed.nodes[number]["members"]
        needed: dict[Constant, None] = {}
        for function in sorted(component, key=order.__getitem__):
            needed.update(direct.get(function, {}))
            for other in graph.successors(function):
                needed.update(done.get(other, {}))
        for function in component:
            done[function] = needed
    yield from done.items()
