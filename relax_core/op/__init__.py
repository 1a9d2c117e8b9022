"""The functions that build calls of operators, shaped like tvm.relax.op of each release.

``creator("nn.conv2d", "0.19")`` is the function ``relax.op.nn.conv2d`` of TVM 0.19: derived from the operator's card,
from the signature that the release's Python has (signatures.json), and from the few adaptations in
:mod:`relax_core.op.adapt`. The built-ins without a card stand in :mod:`relax_core.op.builtins`.
"""

from relax_core.op.creators import creator, names

__all__ = ["creator", "names"]
