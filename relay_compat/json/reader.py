"""Modules from the JSON of tvm.ir.save_json (layout of TVM 0.19)."""

from __future__ import annotations

from typing import Any, TypeVar

from relay_compat.history.releases import LAST, Release, release_of, written_by
from relay_compat.history.upgrade import upgrade_from
from relay_compat.json.builders import BUILDERS
from relay_compat.json.decode import Decoder
from relay_compat.json.graph import Graph
from relay_compat.json.modernise import modernise
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import DiagnosticError
from tensor_core.limits import DEFAULT, Limits
from tensor_core.module import IRModule
from tensor_core.spans import Source

M = TypeVar("M", bound=IRModule)


def load_json(
    text: str,
    source_name: str = "module.json",
    *,
    limits: Limits | None = None,
    infer: bool = True,
    release: str | None = None,
) -> IRModule:
    """The module in a JSON text, with its types inferred.

    Shared nodes stay shared; the ``Span`` nodes become ``Span.declared`` of the nodes they belong to. Recorded types
    are used only for calls of operators that no card knows. A module of an older release (0.6 to 0.18; ``release``, by
    default what the file says) becomes one of 0.19 with the same meaning.

    DiagnosticError R2R0301 for text that is no such module or is damaged (cycles, references out of range, fields of
    the wrong kind), R2R0304 for an unknown kind of node, R2R0111 for a module beyond the limits, R2R01xx and R2R02xx
    for unknown operators, bad attributes and ill-typed programs, R2R0305 for an unknown release, R2R0306 for what an
    older one meant differently and cannot be said with certainty.
    """
    with collection_paused():
        graph = Graph(Source(source_name, text), 0, limits or DEFAULT)
        module = decoder(graph, release).decode(graph.root)
        if not isinstance(module, IRModule):
            kind = graph.node(graph.root)["type_key"]
            raise graph.bad(graph.root, f"the root is {kind}, not an IRModule")
        return infer_in(module, graph.source) if infer else module


def load_object(
    text: str, source_name: str = "object.json", *, limits: Limits | None = None, release: str | None = None
) -> Any:
    """Whatever a JSON text holds (tvm.ir.load_json): a module, an expression, a type, a span, attributes, an array.

    Nothing is inferred. Arrays are tuples, maps with names as keys are Attrs of kind "Map". DiagnosticError as
    :func:`load_json`.
    """
    with collection_paused():
        graph = Graph(Source(source_name, text), 0, limits or DEFAULT)
        return decoder(graph, release).decode(graph.root)


def decoder(graph: Graph, release: str | None = None) -> Decoder:
    """The decoder of a graph that was written by a release; by default the one that it names, else 0.19."""
    found = release_of(release) if release is not None else _release_in(graph)
    if found[:2] < (0, 7):
        modernise(graph)
    return Decoder(graph, BUILDERS, upgrade_from(found))


def _release_in(graph: Graph) -> Release:
    if graph.written_by is None:
        return LAST
    try:
        return written_by(str(graph.written_by))
    except DiagnosticError as error:
        (found,) = error.diagnostics
        raise graph.error(found.code, found.message, hint=found.hint) from None


def infer_in(module: M, source: Source) -> M:
    """Type inference whose diagnostics point into ``source``."""
    from relay_compat.types.infer import infer_types

    try:
        return infer_types(module)
    except DiagnosticError as error:
        error.source = error.source or source
        raise
