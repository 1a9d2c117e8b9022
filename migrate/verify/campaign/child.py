"""The process in which batches run: it may die without taking the campaign along.

One JSON document a line: the plan first, then batches with what to skip; the answers are each step as it begins
(``{"at": [number, name]}``) and the tally of each batch, or ``{"error": ...}`` for a plan that names unknown
properties. A step that takes longer than the plan lets it ends the process, which says on stderr where it was.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

from migrate.verify.campaign.batch import described, run_batch
from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.programs import drawn
from migrate.verify.campaign.subjects import subject
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.registry import registry


def main() -> None:
    """Answer requests until there are none."""
    # What native code prints is no answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    faulthandler.enable()
    warnings.simplefilter("ignore")
    plan = Plan.from_json(json.loads(sys.stdin.readline()))
    try:
        subjects = [subject(name) for name in plan.properties]
    except DiagnosticError as error:
        _say(answers, {"error": str(error)})
        return
    # What all programs need is loaded before the clock runs.
    registry()
    limit = plan.megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def tell(number: int, name: str) -> None:
        _say(answers, {"at": [number, name]})
        faulthandler.dump_traceback_later(plan.seconds, exit=True)

    for line in sys.stdin:
        request = json.loads(line)
        if "describe" in request:
            faulthandler.dump_traceback_later(plan.seconds, exit=True)
            number, name = request["describe"]
            asked = next((item for item in subjects if item.name == name), None)
            answer: dict[str, Any] = {"described": described(drawn(plan, number, asked))}
        else:
            skip = {(number, name) for number, name in request["skip"]}
            tally = run_batch(plan, subjects, Batch(*request["batch"]), skip, tell)
            answer = {"tally": tally.to_json(), "megabytes": _mapped()}
        faulthandler.cancel_dump_traceback_later()
        _say(answers, answer)


def _say(stream: TextIO, document: dict[str, Any]) -> None:
    stream.write(json.dumps(document) + "\n")


def _mapped() -> int:
    """Megabytes of address space in use, as the limit counts them."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() >> 20


if __name__ == "__main__":
    main()
