"""An inventory as SARIF 2.1.0, the form that code hosts and editors show beside the lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from migrate.codemods.driver import Found, Level, all_rules
from migrate.report.porting import FileInventory, Inventory
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic
from tensor_core.spans import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Level.AUTO: "note", Level.ASSISTED: "note", Level.MANUAL: "warning", Level.UNKNOWN: "warning"}
"""What is kept is no finding."""


def sarif(inventory: Inventory, base: Path) -> str:
    """The document; paths in it are relative to ``base``."""
    results = [result for file in inventory.files for result in _results(file, base)]
    titles: dict[str, str] = {rule.id: rule.title for rule in all_rules()} | {
        item.id: item.title for item in codes.catalogue()
    }
    named = list(dict.fromkeys(str(result["ruleId"]) for result in results))
    for result in results:
        result["ruleIndex"] = named.index(result["ruleId"])
    driver = {
        "name": "relay2relax",
        "version": version("relay2relax"),
        "rules": [_rule(name, titles.get(name, name)) for name in named],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": f"{base.resolve().as_uri()}/"}},
        "results": results,
        "properties": {"target": inventory.target.release, "from": inventory.source},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(name: str, title: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": title}}


def _results(file: FileInventory, base: Path) -> Iterable[dict[str, Any]]:
    uri = quote(Path(os.path.relpath(file.path, base)).as_posix())
    for place in file.places:
        if place.level in _LEVELS:
            yield {
                "ruleId": place.rule or codes.UNKNOWN_NAME.id,
                "level": _LEVELS[place.level],
                "message": {"text": _message(place)},
                "locations": [_location(uri, str(file.path), place.span)],
                "properties": {"level": place.level.value, "name": place.name},
            }
    for problem in file.problems:
        yield _problem(problem, uri, str(file.path))


def _problem(problem: Diagnostic, uri: str, name: str) -> dict[str, Any]:
    return {
        "ruleId": problem.code.id,
        "level": "error",
        "message": {"text": problem.message + (f" ({problem.hint})" if problem.hint else "")},
        "locations": [_location(uri, name, problem.span)],
    }


def _message(place: Found) -> str:
    said = f"{place.name}: {place.level.value}" if place.name else place.level.value
    return f"{said}: {place.advice}" if place.advice else said


def _location(uri: str, name: str, span: Span | None) -> Mapping[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "SRCROOT"}}
    if span is not None and span.source == name:
        region = {"startLine": max(1, span.line), "startColumn": max(1, span.column)}
        if span.end_line:
            region |= {"endLine": span.end_line, "endColumn": max(1, span.end_column)}
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if span is not None and span.source.startswith(f"{name}:"):
        # A cell of a notebook, whose lines are none of the file's.
        cell = f"{span.source.removeprefix(f'{name}:')}, line {span.line}"
        location["logicalLocations"] = [{"name": cell, "kind": "module"}]
    return location
