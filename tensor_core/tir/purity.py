"""Whether a tensor program has effects (tir.analysis.is_pure_function in TVM 0.19 to 0.27)."""

from __future__ import annotations

from tensor_core.node import Node
from tensor_core.prim import IntImm, Var
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.function import PrimFunc


def is_pure_function(func: PrimFunc) -> bool:
    """Whether a program neither writes memory that it was given nor evaluates anything for its effect."""
    own: set[Buffer | Var] = set()
    stack: list[Node] = [func.body]
    while stack:
        item = stack.pop()
        match item:
            case st.BufferStore() if item.buffer not in own and item.buffer.data not in own:
                return False
            case st.Evaluate() if not isinstance(item.value, IntImm):
                return False
            case st.Allocate() | st.AllocateConst():
                own.add(item.buffer_var)
            case st.AllocBuffer():
                own.add(item.buffer)
            case st.Block():
                own.update(item.alloc_buffers)
            case _:
                pass
        stack.extend(child for child in item.iter_children() if isinstance(child, st.Stmt))
    return True
