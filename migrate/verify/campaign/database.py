"""What a campaign found so far, in a folder: an interruption at any moment loses the batches under way and no more.

``campaign.sqlite`` holds the plan, the batches that are done and all counts; ``findings/NAME/`` one finding each:
``program.relay``, or ``program.py`` of a Relax program, ``inputs.npz`` and ``finding.json`` with key, reason, seed and
plan. A finding's files are there before its batch counts as done, and a batch that is run again finds the same.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import IO, Any

from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.tally import Finding, Tally
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail

VERSION = 1
_TABLES = """
CREATE TABLE about(version INTEGER, plan TEXT);
CREATE TABLE batches(
    first INTEGER PRIMARY KEY, count INTEGER, programs INTEGER, seconds REAL, slowest REAL, source TEXT
);
CREATE TABLE outcomes(a TEXT, b TEXT, count INTEGER, PRIMARY KEY(a, b)) WITHOUT ROWID;
CREATE TABLE coverage(a TEXT, b TEXT, count INTEGER, PRIMARY KEY(a, b)) WITHOUT ROWID;
CREATE TABLE findings(a TEXT, b TEXT, finding TEXT, PRIMARY KEY(a, b)) WITHOUT ROWID;
"""


class Database:
    """The folder ``path``, made if it is not there; None for one that keeps nothing.

    DiagnosticError: R2R0703 for a folder of another plan or in use by another campaign, R2R0704 for what cannot be
    written or read.
    """

    def __init__(self, path: Path | None, plan: Plan) -> None:
        self.path = path
        self._plan = plan
        self._lock: IO[str] | None = None
        self._connection: sqlite3.Connection | None = None
        self.tally = Tally()
        try:
            if path is not None:
                self._take(path)
            self._open()
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise fail(codes.NOT_WRITTEN, f"{path} cannot be used: {error}", hint="give another folder") from error
        except DiagnosticError:
            self.close()
            raise

    def _take(self, path: Path) -> None:
        (path / "findings").mkdir(parents=True, exist_ok=True)
        self._lock = (path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise fail(codes.BAD_OPTION, f"{path} is in use by another campaign", hint="give another") from error

    def _open(self) -> None:
        connection = sqlite3.connect(":memory:" if self.path is None else self.path / "campaign.sqlite")
        self._connection = connection
        if not self._rows("SELECT name FROM sqlite_master"):
            with connection:
                connection.execute("BEGIN")
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute("INSERT INTO about VALUES (?, ?)", (VERSION, json.dumps(self._plan.to_json())))
        ((version, plan),) = self._rows("SELECT * FROM about")
        if version != VERSION:
            raise fail(codes.BAD_OPTION, f"{self.path} is of version {version}, not {VERSION}", hint="give another")
        known, asked = json.loads(plan), json.loads(json.dumps(self._plan.to_json()))
        for name, value in asked.items():
            if known.get(name) != value:
                message = f"{self.path} is of another campaign: {name} {known.get(name)} there, {value} here"
                raise fail(codes.BAD_OPTION, message, hint="ask the same, or give another folder")
        self.tally = self._read()

    def _read(self) -> Tally:
        ((programs, seconds),) = self._rows("SELECT total(programs), total(seconds) FROM batches")
        slowest = self._rows("SELECT slowest, source FROM batches ORDER BY slowest DESC LIMIT 1")
        findings = [Finding(**json.loads(text)) for (text,) in self._rows("SELECT finding FROM findings")]
        return Tally(
            int(programs),
            seconds,
            slowest[0] if slowest else (0.0, ""),
            Counter({(a, b): count for a, b, count in self._rows("SELECT * FROM outcomes")}),
            Counter({(a, b): count for a, b, count in self._rows("SELECT * FROM coverage")}),
            {(item.subject, item.key): item for item in findings},
        )

    def done(self) -> list[Batch]:
        """The batches that need not be run again."""
        return [Batch(*row) for row in self._rows("SELECT first, count FROM batches")]

    def add(self, batch: Batch, tally: Tally) -> None:
        """A batch is done. R2R0704 when that cannot be written."""
        before = {place: item.number for place, item in self.tally.findings.items()}
        self.tally.add(tally)
        changed = [self.tally.findings[place] for place in tally.findings]
        try:
            for finding in changed:
                if finding.failed and before.get((finding.subject, finding.key)) != finding.number:
                    self._write(finding)
            assert self._connection is not None
            with self._connection as connection:
                row = (batch.first, batch.count, tally.programs, tally.seconds, *tally.slowest)
                connection.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)", row)
                self._count("outcomes", tally.outcomes)
                self._count("coverage", tally.coverage)
                rows = [(item.subject, item.key, json.dumps(item.to_json())) for item in changed]
                connection.executemany("INSERT OR REPLACE INTO findings VALUES (?, ?, ?)", rows)
        except (OSError, sqlite3.Error) as error:
            raise fail(codes.NOT_WRITTEN, f"cannot write {self.path}: {error}") from error

    def folder(self, finding: Finding) -> Path | None:
        """Where the files of a finding are."""
        return None if self.path is None else self.path / "findings" / _name(finding)

    def close(self) -> None:
        """Let others use the folder."""
        if self._connection is not None:
            self._connection.close()
        if self._lock is not None:
            self._lock.close()

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        assert self._connection is not None
        return self._connection.execute(query).fetchall()

    def _count(self, table: str, counts: Counter[tuple[str, str]]) -> None:
        assert self._connection is not None
        self._connection.executemany(
            f"INSERT INTO {table} VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(*place, count) for place, count in counts.items()],
        )

    def _write(self, finding: Finding) -> None:
        folder = self.folder(finding)
        if folder is None:
            return
        folder.mkdir(exist_ok=True)
        fields = finding.to_json()
        program, inputs = fields.pop("program"), base64.b64decode(fields.pop("inputs"))
        del fields["count"]
        document = json.dumps({**fields, "plan": self._plan.to_json()}, indent=2) + "\n"
        # The lossless text of Relay begins with its version.
        relay, script = (program, "") if program.startswith("#[version") else ("", program)
        files = {
            "program.relay": relay.encode(),
            "program.py": script.encode(),
            "inputs.npz": inputs,
            "finding.json": document.encode(),
        }
        for name, content in files.items():
            if content:
                beside = folder / f".{name}"
                beside.write_bytes(content)
                os.replace(beside, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)


def _name(finding: Finding) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", finding.key).strip("-")[:60]
    return f"{words}-{hashlib.sha256(f'{finding.subject} {finding.key}'.encode()).hexdigest()[:8]}"
