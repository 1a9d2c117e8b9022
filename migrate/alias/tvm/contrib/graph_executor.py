"""tvm.contrib.graph_executor."""

from __future__ import annotations

from typing import Any

from relay_compat.backend.graph_executor import GraphModule

__all__ = ["GraphModule", "create"]


def create(graph_json_str: Any, libmod: Any, device: Any) -> GraphModule:
    """A graph executor of a built program; ``libmod`` is what ``relay.build`` answered."""
    del graph_json_str
    return GraphModule(libmod[libmod.libmod_name](device))
