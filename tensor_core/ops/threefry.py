"""The random bits of Relay's generator: Threefry-4x64 with 20 rounds on explicit keys of ten 64-bit words.

A key holds the cipher's key (words 0 to 3), the path of splits that led to it (4, 5), a counter (6, 7), and the place
of the next split in the path as a single bit (8, 9). What TVM 0.19 computes is reproduced, not the published cipher:
the second word of a pair is mixed with the sum once too often, and half of the path is never used.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from tensor_core import dtypes
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType

KEY = TensorType((10,), "uint64")
"""The type of a key."""

ROTATIONS = ((14, 16), (52, 57), (23, 40), (5, 37), (25, 33), (46, 12), (58, 22), (32, 32))
PARITY = 0x1BD11BDAA9FC1A22
_WORD = (1 << 64) - 1


def _rotated(x: Array, by: int) -> Array:
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


def blocks(key: Array, counter: Array, count: int) -> Array:
    """``count`` blocks of four words; block n enciphers a counter whose words are all larger by n."""
    schedule = [int(word) for word in key[:4]]
    schedule.append(PARITY ^ schedule[0] ^ schedule[1] ^ schedule[2] ^ schedule[3])
    steps = np.arange(count, dtype=np.uint64)
    words: list[Array] = [steps + np.uint64(word) for word in counter[:4]]
    for group in range(5):
        for n in range(4):
            added = schedule[(group + n) % 5] + (group if n == 3 else 0)
            words[n] = words[n] + np.uint64(added & _WORD)
        for k in range(4):
            for n, by in zip((0, 2), ROTATIONS[(group * 4 + k) % 8], strict=True):
                # The published cipher has ``words[n] ^ ...``; TVM's program adds once more, after its first store.
                words[n] = words[n] + words[n + 1]
                words[n + 1] = (words[n] + words[n + 1]) ^ _rotated(words[n + 1], by)
            words = [words[0], words[3], words[2], words[1]]
    return np.stack(words, axis=1)


def _next_place(key: Array) -> tuple[int, int]:
    """The place of the split after the next one."""
    high = int(key[8])
    return (0, 1 << 63) if high == 1 else (high >> 1, 0)


def _key(*words: int) -> Array:
    return np.array([word & _WORD for word in words], np.uint64)


def generate(key: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The key after drawing, and random words of a shape.

    ValueError when the counter and the path are both used up: TVM 0.19 then reads outside its buffer.
    """
    count = int(np.prod(shape, dtype=np.int64))
    words = [int(word) for word in key]
    if words[7] >= _WORD - count:
        if not words[8]:
            raise ValueError("the key is used up")
        words = [*words[:4], words[4] | words[8], words[5] | words[9], 0, 0, *_next_place(key)]
    whole, rest = divmod(count, 4)
    drawn = [blocks(_key(*words[:4]), _key(*words[4:8]), whole).reshape(-1)]
    words[7] += count
    if rest:
        words[7] += whole * 4 - count
        drawn.append(blocks(_key(*words[:4]), _key(*words[4:8]), 1).reshape(-1)[:rest])
        words[7] += 4
    words[6] = 0
    return _key(*words), np.concatenate(drawn).reshape(shape)


def split(key: Array) -> tuple[Array, Array]:
    """Two keys whose draws do not meet."""
    words = [int(word) for word in key]
    if not words[8]:
        # TVM's program asks of the first word alone whether the path is full.
        fresh = [int(word) for word in blocks(key[:4], key[4:8], 1)[0]]
        return _key(*fresh, 0, 0, 0, 0, 1 << 62, 0), _key(*fresh, 1 << 63, 0, 0, 0, 1 << 62, 0)
    place = _next_place(key)
    right = (*words[:4], words[4] | words[8], words[5] | words[9], *words[6:8], *place)
    return _key(*words[:8], *place), _key(*right)


def unit(key: Array, shape: tuple[int, ...], kind: str) -> tuple[Array, Array]:
    """The key after drawing, and numbers of [0, 1): the fraction of a float from [1, 2) filled with random bits."""
    key, words = generate(key, shape)
    bits, fraction, bias = (32, 23, 127) if kind == "float32" else (64, 52, 1023)
    unsigned = np.dtype(f"uint{bits}")
    drawn = words.astype(unsigned) >> unsigned.type(bits - fraction)
    filled = cast(Array, drawn | unsigned.type(bias << fraction))
    values: Array = filled.view(dtypes.to_numpy(kind))
    return key, np.subtract(values, 1, dtype=values.dtype)
