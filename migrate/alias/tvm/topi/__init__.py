"""tvm.topi: the operators that tests and small programs write, as tensor expressions."""

from migrate.alias.topi.basic import (
    add,
    broadcast_to,
    cast,
    clip,
    divide,
    exp,
    full,
    identity,
    log,
    matmul,
    maximum,
    minimum,
    multiply,
    negative,
    reshape,
    sqrt,
    subtract,
    sum,
    tanh,
    transpose,
)

__all__ = [
    "add", "broadcast_to", "cast", "clip", "divide", "exp", "full", "identity", "log", "matmul", "maximum", "minimum",
    "multiply", "negative", "reshape", "sqrt", "subtract", "sum", "tanh", "transpose",
]  # fmt: skip
