"""Operators of Relax whose kernels in real TVM are wrong, so that a conversion does not call them.

Each has a script that shows it: docs/reference/tvm_differences.md.
"""

from __future__ import annotations

from collections.abc import Mapping

MISCOMPUTED: Mapping[str, str] = {
    "nn.max_pool2d_grad": "TVM 0.19 to 0.27 leave elements of R.grad.max_pool2d_backward to what memory held",
}
"""By card: what is wrong."""
