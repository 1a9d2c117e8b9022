"""What TVM's runtime calls a module: functions by name that can be measured (tvm.runtime.Module in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensor_core.measure import BenchmarkResult, measure


class Module:
    """Functions reached by name; a subclass has them as methods."""

    type_key = "relay2relax"

    def __getitem__(self, name: str) -> Callable[..., Any]:
        found = None if name.startswith("_") else getattr(self, name, None)
        if not callable(found):
            raise AttributeError(f"Module has no function '{name}'")
        return found

    def get_function(self, name: str, query_imports: bool = False) -> Callable[..., Any]:
        """The function of this name; AttributeError when there is none."""
        del query_imports
        return self[name]

    def time_evaluator(
        self,
        func_name: str,
        dev: Any,
        number: int = 10,
        repeat: int = 1,
        min_repeat_ms: int = 0,
        limit_zero_time_iterations: int = 100,
        cooldown_interval_ms: int = 0,
        repeats_to_cooldown: int = 1,
        cache_flush_bytes: int = 0,
        f_preproc: str = "",
    ) -> Callable[..., BenchmarkResult]:
        """A function that runs another with given arguments and answers how long that took.

        ``number`` runs make a round, more where a round would be shorter than ``min_repeat_ms``; there are ``repeat``
        rounds. There is one device, no time without cost, and nothing to cool down.
        """
        del dev, limit_zero_time_iterations, cooldown_interval_ms, repeats_to_cooldown, cache_flush_bytes, f_preproc
        function = self[func_name]
        return lambda *args: measure(lambda: function(*args), repeat, number, min_repeat_ms)
