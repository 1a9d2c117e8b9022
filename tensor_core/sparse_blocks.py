"""Matrices stored as the blocks that hold values, row of blocks by row of blocks (BSR)."""

from __future__ import annotations

import numpy as np


def from_dense(matrix: np.ndarray, block: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The blocks with a value that is not zero (n, height, width); their columns (n) of int32; and where each row of
    blocks begins in them, its end included (rows + 1) of int32. What does not fill a block is left out.
    """
    height, width = block
    rows, columns = matrix.shape[0] // height, matrix.shape[1] // width
    whole = matrix[: rows * height, : columns * width].reshape(rows, height, columns, width).swapaxes(1, 2)
    filled = whole.any(axis=(2, 3))
    begins = np.concatenate(([0], np.cumsum(filled.sum(axis=1))))
    return whole[filled], np.nonzero(filled)[1].astype(np.int32), begins.astype(np.int32)
