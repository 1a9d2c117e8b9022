"""The instruments that come along (tvm.ir.instrument in TVM 0.19): timing and printing."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tensor_core.module import IRModule
from tensor_core.passes.info import PassInfo
from tensor_core.passes.instrument import PassInstrument


@dataclass(slots=True)
class _Profile:
    """One run of a pass with the passes that it ran; times in microseconds."""

    name: str
    start: float
    duration: float = 0.0
    children: list[_Profile] = field(default_factory=lambda: list[_Profile]())


class _Profiles(threading.local):
    def __init__(self) -> None:
        self.root = _Profile("root", 0.0)
        self.running = [self.root]


_PROFILES = _Profiles()


class PassTimingInstrument(PassInstrument):
    """Measures how long each pass takes. All objects of one thread share what they measured, as in TVM."""

    def run_before_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Start the clock of a pass."""
        del mod
        profile = _Profile(info.name, time.perf_counter() * 1e6)
        _PROFILES.running[-1].children.append(profile)
        _PROFILES.running.append(profile)

    def run_after_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Stop the clock of a pass."""
        del mod, info
        profile = _PROFILES.running.pop()
        profile.duration = time.perf_counter() * 1e6 - profile.start

    def exit_pass_ctx(self) -> None:
        """Forget what was measured."""
        _PROFILES.root.children.clear()
        # A pass that raised an error was never stopped.
        del _PROFILES.running[1:]

    @staticmethod
    def render() -> str:
        """One line for each pass, those that a pass ran indented below it: the time with and without them, its share of
        all and of the pass around it. Empty when nothing was measured.
        """
        roots = _PROFILES.root.children
        total = sum(item.duration for item in roots)
        lines: list[str] = []
        stack = [(0, total, item) for item in reversed(roots)]
        while stack:
            depth, around, item = stack.pop()
            own = item.duration - sum(child.duration for child in item.children)
            shares = f"({_share(item.duration, total)}; {_share(item.duration, around)})"
            lines.append("\t" * depth + f"{item.name}: {item.duration:.0f}us [{own:.0f}us] {shares}\n")
            stack += [(depth + 1, item.duration, child) for child in reversed(item.children)]
        return "".join(lines)


def _share(part: float, whole: float) -> str:
    return f"{part / whole * 100:.2f}%" if whole else "0.00%"


class PassPrintingInstrument(PassInstrument):
    """Prints the module before and after the passes of these names."""

    def __init__(self, print_before_pass_names: Sequence[str], print_after_pass_names: Sequence[str]) -> None:
        super().__init__()
        self.print_before_pass_names = print_before_pass_names
        self.print_after_pass_names = print_after_pass_names

    def run_before_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Print when the pass is one of the first list."""
        if info.name in self.print_before_pass_names:
            print(f"Print IR before: {info.name}\n{mod}\n\n")

    def run_after_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Print when the pass is one of the second list."""
        if info.name in self.print_after_pass_names:
            print(f"Print IR after: {info.name}\n{mod}\n\n")


class PrintAfterAll(PassInstrument):
    """Prints every pass and the module that it made."""

    def run_after_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Print."""
        print(f"After Running Pass: {info}")
        print(mod)


class PrintBeforeAll(PassInstrument):
    """Prints every pass and the module that it is given."""

    def run_before_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Print."""
        print(f"Before Running Pass: {info}")
        print(mod)
