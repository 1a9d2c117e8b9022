"""What the exit codes of each command mean: the one place. ``--help`` and the reference page are made of it."""

from __future__ import annotations

BAD = "bad input or option; nothing is written"
"""2, of every command."""

_FAULTY = "something was refused or kept opaque, the rest is converted; with --strict also a compromise"

MEANINGS: dict[str, tuple[str, str]] = {
    "inspect": ("shown", ""),
    "check": ("every file is good", ""),
    "convert": ("all is converted", _FAULTY),
    "revert": ("all is converted", _FAULTY),
    "verify": ("both compute the same", "they differ, nothing could be decided, or a side cannot run"),
    "report": (
        "all is converted, and nothing is different",
        "something was refused, kept opaque, is different or undecided",
    ),
    "serve": ("served until Ctrl-C", ""),
    "fuzz": ("nothing was found", "a property failed"),
    "reduce": ("the property holds, there is nothing to reduce", "it fails; what is left is shown"),
    "record": ("the command ended well, and something was recorded", "it failed, or nothing was recorded"),
    "corpus check": ("everything replays as recorded", "something differs or is refused"),
    "step": ("every function moved, every state is the same", "a function stayed Relay"),
    "scan": ("nothing asks for a person", "something does, or a file cannot be read"),
    "port": ("nothing to do, or all of it applied", "something to do or to look at"),
    "status": ("good, or without --check", "with --check: something is worse than the lock says"),
    "shim": ("written", ""),
    "prove": ("all hold", "one does not hold, changed nothing, or missed what the original changed"),
    "ops": ("shown", ""),
    "passes": ("shown", ""),
    "passes show": ("shown", ""),
    "passes order": ("shown", ""),
    "passes verify": ("the property holds", "it fails, or no program gave a version anything to do"),
    "passes bisect": ("all passes keep what the model computes", "one does not; it is named"),
    "passes scaffold": ("written", ""),
    "as-tvm": ("shown; else the exit code is that of the command", ""),
    "completion": ("printed", ""),
    "explain": ("explained", ""),
}
"""By command: what 0 and 1 say; "" where it never ends with 1."""


def told(name: str) -> str:
    """The codes of one command in a line, for its help."""
    good, finding = MEANINGS[name]
    return f"Exit codes: 0 {good}; " + (f"1 {finding}; " if finding else "") + f"2 {BAD}."
