"""Arrays as files and programs have them."""

from __future__ import annotations

from typing import Any

import numpy as np


def native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array in the machine's order of bytes, which is all that kernels read; itself where it is."""
    return array if array.dtype.isnative else array.astype(array.dtype.type)
