"""What a pass may change about the numbers a program computes."""

from __future__ import annotations

import enum


class Contract(enum.Enum):
    """What a pass may change about the numbers a program computes."""

    EXACT = "exact"
    REASSOCIATING = "reassociating"
    APPROXIMATE = "approximate"
