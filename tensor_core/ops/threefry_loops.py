"""Threefry as tensor programs, to the bit what :mod:`tensor_core.ops.threefry` computes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store
from tensor_core.loops.nodes import Stmt
from tensor_core.ops.indexing import flat_index
from tensor_core.ops.threefry import PARITY, ROTATIONS
from tensor_core.prim import PrimExpr, Var

_TOP_BELOW = (1 << 63) - 1


def _word(value: int) -> PrimExpr:
    return prim.const(value, "uint64")


def _not(value: int) -> PrimExpr:
    """A word with its high bits set. TVM has no literals beyond 63 bits."""
    return prim.intrinsic("bitwise_not", _word(value))


def _or(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    return prim.intrinsic("bitwise_or", a, b)


def _xor(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    return prim.intrinsic("bitwise_xor", a, b)


def _rotated(x: PrimExpr, by: int) -> PrimExpr:
    return _or(prim.intrinsic("shift_left", x, _word(by)), prim.intrinsic("shift_right", x, _word(64 - by)))


def _next_place(key: Tensor) -> tuple[PrimExpr, PrimExpr]:
    is_one = key[8].equal(1)
    halved = prim.intrinsic("shift_right", key[8], _word(1))
    return prim.select(is_one, _word(0), halved), prim.select(is_one, _not(_TOP_BELOW), 0)


def _filled(b: LoopBuilder, name: str, words: Sequence[PrimExpr]) -> Tensor:
    """A tensor of some words."""
    result = b.scratch((len(words),), "uint64", name)
    b.emit(sequence(*(store(result, [n], word) for n, word in enumerate(words))))
    return result


def _blocks(b: LoopBuilder, key: Tensor, counter: Callable[[int, PrimExpr], PrimExpr], count: int) -> Tensor:
    """:func:`threefry.blocks` as a tensor (count, 4). ``counter``: the n-th word that a block enciphers."""
    parity = _word(PARITY)
    for n in range(4):
        parity = _xor(parity, key[n])
    schedule = _filled(b, "schedule", [*(key[n] for n in range(4)), parity])
    words = b.scratch((count, 4), "uint64", "words")

    def block(number: Var) -> Stmt:
        steps = [store(words, (number, n), counter(n, number)) for n in range(4)]
        at = [(number, n) for n in range(4)]
        for group in range(5):
            for n in range(4):
                added = words[at[n]] + schedule[(group + n) % 5]
                steps.append(store(words, at[n], added + group if n == 3 else added))
            for k in range(4):
                for n, by in zip((0, 2), ROTATIONS[(group * 4 + k) % 8], strict=True):
                    one, other = words[at[n]], words[at[n + 1]]
                    steps.append(store(words, at[n], one + other))
                    steps.append(store(words, at[n + 1], _xor(one + other, _rotated(other, by))))
                # Twenty rounds leave every word in its place.
                at = [at[0], at[3], at[2], at[1]]
        return sequence(*steps)

    b.emit(loop(count, block))
    return words


def generate(b: LoopBuilder, key: Tensor, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
    """:func:`threefry.generate` as a tensor program; a key that is used up gives words that mean nothing."""
    count = math.prod(shape)
    whole, rest = divmod(count, 4)
    is_full = _not(count) <= key[7]
    moved = [*(key[n] for n in range(4)), _or(key[4], key[8]), _or(key[5], key[9]), *[_word(0)] * 2]
    moved += _next_place(key)
    state = _filled(b, "state", [prim.select(is_full, word, key[n]) for n, word in enumerate(moved)])

    def counter(n: int, number: PrimExpr) -> PrimExpr:
        step = number.astype("uint64")
        if rest:
            step = prim.select(number < whole, step, whole * 4 if n == 3 else 0)
        return state[4 + n] + step

    words = _blocks(b, state, counter, whole + (rest > 0))
    used = whole * 4 + 4 if rest else count
    following = [*(state[n] for n in range(6)), _word(0), state[7] + used, state[8], state[9]]

    def drawn(*i: PrimExpr) -> PrimExpr:
        position = flat_index(i, tuple(shape))
        return words[position // 4, position % 4]

    return _filled(b, "following", following), b.compute(shape, drawn, "uint64", name="T_drawn")


def split(b: LoopBuilder, key: Tensor) -> tuple[Tensor, Tensor]:
    """:func:`threefry.split` as a tensor program."""
    fresh = _blocks(b, key, lambda n, _: key[4 + n], 1)
    is_full, place, zero = key[8].equal(0), _next_place(key), _word(0)
    keys: list[Tensor] = []
    for name, path, start in (
        ("left", (key[4], key[5]), zero),
        ("right", (_or(key[4], key[8]), _or(key[5], key[9])), _not(_TOP_BELOW)),
    ):
        anew = [*(fresh[0, n] for n in range(4)), start, zero, zero, zero, _word(1 << 62), zero]
        further = [*(key[n] for n in range(4)), *path, key[6], key[7], *place]
        words = [prim.select(is_full, a, b) for a, b in zip(anew, further, strict=True)]
        keys.append(_filled(b, name, words))
    return keys[0], keys[1]


def unit(b: LoopBuilder, key: Tensor, shape: tuple[int, ...], kind: str) -> tuple[Tensor, Tensor]:
    """:func:`threefry.unit` as a tensor program."""
    # The fraction by itself: what is left of a float from [1, 2) less one.
    key, words = generate(b, key, shape)
    bits, fraction = (32, 23) if kind == "float32" else (64, 52)

    def number(*i: PrimExpr) -> PrimExpr:
        drawn = words[i].astype(f"uint{bits}")
        return (
            prim.intrinsic("shift_right", drawn, prim.const(bits - fraction, drawn.dtype)).astype(kind) * 2.0**-fraction
        )

    return key, b.compute(shape, number, kind, name="unit")
