"""Storage that is used again too early, or is too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import migrate.forward.convert as conversion
import relax_core.passes.memory_plan as plans
import relax_core.passes.memory_tokens as tokens
import relax_core.passes.static_plan_block_memory as planning
from faults.frame import Bug, of_property
from migrate.verify.generate.features import PLAIN
from migrate.verify.properties.memory import planned_memory


def _nothing(*_: Any) -> None:
    return


def _used_and_gone(self: Any, call: Any) -> Any:
    """As the second walk has it; an alias does not keep what it names."""
    if plans.op_name(call) in plans._SAME_BUFFER:
        self._used(call.args)
        return None
    return _PLAN_CALL(self, call)


_PLAN_CALL = plans.Planning.call
_COUNT_CALL = plans.Counting.call


def _counted_as_use(self: Any, call: Any) -> Any:
    """The first walk counts an alias as a use, and knows nothing of the uses of the alias."""
    if plans.op_name(call) in plans._SAME_BUFFER:
        for token in plans.live(self.tokens(call.args[0])):
            token.uses += 1
        return None
    return _COUNT_CALL(self, call)


def _smaller(self: Any, wanted: Any) -> Any:
    """Storage that is free is taken though it is too small, and does not grow."""
    found = _TAKE(self, wanted)
    if found is not None and isinstance(found.bytes, int) and isinstance(wanted.bytes, int):
        found.bytes = min(found.size, wanted.size)
    return found


_TAKE = tokens.Pool.take


def _early(self: Any, args: Any) -> None:
    """The operand of a call is free for its result: the kernel works in place."""
    for arg in args:
        for token in plans.live(self.tokens(arg)):
            token.uses -= 1
            if token.uses <= 1:
                self._pool.release(token)
                token.uses = -1000


def bugs() -> Iterator[Bug]:
    # No objects: library functions are taken not to keep what they are given.
    plan = replace(planned_memory(planning.static_plan_block_memory), features=PLAIN)
    yield of_property(
        "40", "#20190, #20207, #20134", "storage is used again while a reshape of it is alive", "reshape, long life",
        plan, (plans.Counting, "call", _counted_as_use), (plans.Planning, "call", _used_and_gone),
    )  # fmt: skip
    yield of_property(
        "41", "#20191, #17348", "arms of a branch share one pool of storage", "if, values in both arms or behind",
        plan, (conversion, "_separate_arms", _nothing),
    )  # fmt: skip
    yield of_property(
        "42", "#18663", "storage of a lower bound of what it has to hold", "tensors of two sizes",
        plan, (tokens.Pool, "take", _smaller),
    )  # fmt: skip
    yield of_property(
        "43", "#19577", "a kernel writes into an operand that is used once more", "value used twice",
        plan, (plans.Planning, "_used", _early),
    )  # fmt: skip
