"""Calls of TVM's Python functions for operators: relay_calls.tsv holds each with what real TVM prints for it.

They are written over few names: ``r`` is ``tvm.relay``, the others are variables and ways to make constants.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any


def namespace(relay: Any, np: Any) -> SimpleNamespace:
    """What the cases are written in, for a ``relay`` of either implementation."""

    def var(name: str, *shape: int, dtype: str = "float32") -> Any:
        return relay.var(name, shape=shape, dtype=dtype)

    return SimpleNamespace(
        r=relay, x1=var("x1", 8), x2=var("x2", 4, 6), x3=var("x3", 2, 8, 16), x4=var("x4", 2, 8, 16, 16),
        x5=var("x5", 2, 8, 4, 6, 6), y2=var("y2", 4, 6), w2=var("w2", 5, 6), w3=var("w3", 4, 8, 3), g=var("g", 8),
        w4=var("w4", 4, 8, 3, 3), w5=var("w5", 4, 8, 3, 3, 3), s=var("s"), z=var("z", dtype="int32"),
        i1=var("i1", 3, dtype="int64"), i2=var("i2", 2, 3, dtype="int32"), b2=var("b2", 4, 6, dtype="bool"),
        q4=var("q4", 2, 8, 16, 16, dtype="int8"), p4=var("p4", 4, 8, 3, 3, dtype="int8"),
        q2=var("q2", 4, 6, dtype="int8"),
        p2=var("p2", 5, 6, dtype="int8"), key=var("key", 10, dtype="uint64"),
        c=lambda value, dtype="int64": relay.const(np.array(value, dtype)), f=lambda v: relay.const(v, "float32"),
        i=lambda v: relay.const(v, "int32"),
    )  # fmt: skip


def shown(value: Any) -> str:
    """The text of a case's answer, without header and metadata section."""
    if type(value).__name__ == "TupleWrapper":
        return f"{len(value)} of {shown(value.astuple())}"
    return value.astext().partition("\n")[2].partition("#[metadata]")[0].strip()


def rows(name: str) -> dict[str, str]:
    """A recorded table: what is asked, and what real TVM answers."""
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
