"""Whether a program does to references and to the outside what another one does, in the same order."""

from __future__ import annotations

from collections.abc import Sequence

from tensor_core.effects import Event

_MOST_TRIES = 10_000


def moved(before: Sequence[Event], after: Sequence[Event]) -> str:
    """Empty when ``after`` are the effects of ``before``; else the first one that is not there, or is too many.

    A reference that nobody else sees may become a value: then nothing of what is done to it is left. Of which ones
    that is true is found out, by trying where several are alike.
    """
    problem, tries = "", 0
    # For each open choice: the next effects of both sides, and what became of the references so far.
    stack: list[tuple[int, int, dict[int | str, int | str | None]]] = [(0, 0, {})]
    while stack and tries < _MOST_TRIES:
        tries += 1
        place, other, kept = stack.pop()
        found = _follow(before, after, place, other, kept, stack)
        if not found:
            return ""
        problem = problem or found
    return problem if not stack else ""


def _follow(
    before: Sequence[Event],
    after: Sequence[Event],
    place: int,
    other: int,
    kept: dict[int | str, int | str | None],
    stack: list[tuple[int, int, dict[int | str, int | str | None]]],
) -> str:
    while place < len(before):
        event = before[place]
        place += 1
        if isinstance(event.about, int) and event.about not in kept:
            # Either the reference is a value now, or it goes on as the next one of the other side.
            if other < len(after) and _is_next(event, after[other], kept):
                stack.append((place, other, {**kept, event.about: None}))
                kept = {**kept, event.about: after[other].about}
                other += 1
            else:
                kept = {**kept, event.about: None}
            continue
        about = kept.get(event.about, event.about)
        if about is None:
            continue
        if other == len(after) or (after[other].kind, after[other].about, after[other].form) != (
            event.kind,
            about,
            event.form,
        ):
            got = str(after[other]) if other < len(after) else "nothing"
            return f"effect {place} is {event}, behind it stands {got}"
        other += 1
    return f"there is one too many: {after[other]}" if other < len(after) else ""


def _is_next(event: Event, other: Event, kept: dict[int | str, int | str | None]) -> bool:
    return (
        isinstance(other.about, int)
        and other.about not in kept.values()
        and (event.kind, event.form) == (other.kind, other.form)
    )
