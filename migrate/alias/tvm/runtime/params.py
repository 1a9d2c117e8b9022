"""Parameter files as bytes: tvm.runtime.save_param_dict and load_param_dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from relay_compat.params import load_params, save_params
from tensor_core.ndarray import NDArray, ndarray


def save_param_dict(params: Mapping[str, Any]) -> bytearray:
    """The bytes of a parameter file with these arrays. R2R0302 for an element type that TVM does not have."""
    return bytearray(save_params({name: np.asarray(value) for name, value in params.items()}))


def load_param_dict(param_bytes: bytes | bytearray) -> dict[str, NDArray]:
    """The arrays of a parameter file. R2R0302 for bytes that are none, R2R0111 for one beyond the limits."""
    return {name: ndarray(value) for name, value in load_params(bytes(param_bytes)).items()}
