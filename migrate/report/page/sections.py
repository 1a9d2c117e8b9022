"""What a page can show beside a model: the ledger of passes, a campaign of generated programs, a verdict alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from migrate.passes.ledger import ledger
from migrate.report.page import verdicts
from tensor_core import codes
from tensor_core.diagnostics import fail

_OF_A_PROOF = ("holds", "programs", "changed", "outcomes", "wrong versions")


def passes_section() -> list[dict[str, Any]]:
    """The rows of the ledger, each with what its proof says where there is one."""
    proofs = json.loads(files("migrate.passes").joinpath("proofs.json").read_text("utf-8"))
    return [{**row.to_json(), "proof": _proof(proofs.get(name))} for name, row in ledger().items()]


def campaign_section(campaign: Any, name: str) -> dict[str, Any]:
    """A campaign as ``fuzz --json`` writes it. R2R0703 for anything else."""
    try:
        findings = [
            {key: str(item[key]) for key in ("key", "reason", "count", "source")} for item in campaign["findings"]
        ]
        return {
            "programs": int(campaign["programs"]),
            "covered": {str(kind): str(told) for kind, told in campaign["covered"].items()},
            "outcomes": _counts(campaign["outcomes"]),
            "coverage": _counts(campaign["coverage"]),
            "findings": findings,
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        hint = "write it by 'relay2relax fuzz --json'"
        raise fail(codes.BAD_OPTION, f"{name} is no campaign", hint=hint) from error


def _counts(groups: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {str(group): {str(name): int(n) for name, n in counts.items()} for group, counts in groups.items()}


def verdict_section(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """A verdict alone, in the form of a model's report: its layers are the calls, and there are no texts."""
    return {
        "left": None,
        "right": None,
        "release": "",
        "calls": [_call(layer) for layer in verdict.get("layers", ())],
        "folds": [],
        "counts": {},
        "complete": True,
        "compromises": [],
        "functions": [],
        "assumptions": [],
        "diagnostics": [],
        "codes": {},
        "renamed_parameters": {},
        "lifted_constants": {},
        "verdict": {key: value for key, value in verdict.items() if key != "layers"},
    }


def _call(layer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "op": layer["op"],
        "function": "",
        "outcome": "",
        "type": "",
        "at": None,
        "from": layer["place"],
        "sources": [],
        "relax": [],
        "reason": "",
        "lossy": "",
        "right": [],
        **verdicts.judged(layer),
    }


def _proof(proof: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if proof is None else {key: proof[key] for key in _OF_A_PROOF if key in proof}
