"""What references hold while a program is evaluated in part: frames that are dropped with the branch they belong to."""

from __future__ import annotations

from relay_compat.partial.values import Partial, Reference


class Store:
    """A stack of frames. Nothing below a frame that is marked as cut off is to be believed."""

    def __init__(self) -> None:
        self._frames: list[tuple[dict[Reference, Partial], bool]] = [({}, True)]

    def put(self, reference: Reference, value: Partial) -> None:
        """Let a reference hold a value."""
        self._frames[-1][0][reference] = value

    def get(self, reference: Reference) -> Partial | None:
        """What a reference holds; None when that is not known."""
        for held, connected in reversed(self._frames):
            if reference in held:
                return held[reference]
            if not connected:
                return None
        return None

    def forget(self) -> None:
        """Something unknown happened: from here on nothing that was known is."""
        self._frames.append(({}, False))

    def enter(self) -> None:
        """Begin what may not happen."""
        self._frames.append(({}, True))

    def leave(self) -> None:
        """Forget what happened since the matching :meth:`enter`."""
        while not self._frames.pop()[1]:
            pass
