"""What operators of real TVMs have registered for passes: what promises hold the versions here against.

Recorded by tests/corpus/record_registered.py, so that a value that is wrong here is not wrong there, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Key = Literal["TOpPattern", "FTVMMixedPrecisionConversionType", "TMixedPrecisionPolicy"]


@cache
def registered(key: Key) -> Mapping[str, int]:
    """By operator, what TVM 0.19 has under a key of Relay, or TVM 0.27 under one of Relax; operators without a value
    are left out. Of a rule of mixed precision it is the category, which counts as the policies do: 0 always, 1 follow,
    2 never.
    """
    recorded: dict[str, dict[str, int]] = json.loads(Path(__file__).with_name("registered.json").read_text("utf-8"))
    return recorded[key]
