"""A campaign goes on where it was, whatever ended it, and finds what an undisturbed one finds."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from here_engine import PLAN, PROGRAMS, Here, facts

from migrate.execution import bind_args, interpret
from migrate.verify.campaign.database import Database
from migrate.verify.campaign.drive import Goal, run_campaign
from migrate.verify.campaign.plan import Plan
from migrate.verify.campaign.programs import drawn
from relay_compat.text.parser import parse
from tensor_core.diagnostics import DiagnosticError


@pytest.fixture(scope="module")
def undisturbed() -> dict:
    return facts(run_campaign(PLAN, Goal(programs=PROGRAMS), Here(PLAN)).tally)


def test_an_interrupted_campaign_goes_on(tmp_path: Path, undisturbed: dict) -> None:
    first = run_campaign(PLAN, Goal(programs=PROGRAMS), Here(PLAN, 1), tmp_path)
    assert (first.programs, first.interrupted) == (50, True)
    progress = run_campaign(PLAN, Goal(programs=PROGRAMS), Here(PLAN), tmp_path)
    assert progress.programs == PROGRAMS - 50
    assert facts(progress.tally) == undisturbed
    assert run_campaign(PLAN, Goal(programs=PROGRAMS), Here(PLAN), tmp_path).programs == 0


def test_findings_are_files_that_can_be_run(tmp_path: Path) -> None:
    tally = run_campaign(PLAN, Goal(programs=50), Here(PLAN), tmp_path).tally
    (finding,) = tally.failures
    (folder,) = (tmp_path / "findings").iterdir()
    told = json.loads((folder / "finding.json").read_text())
    assert (told["key"], told["source"]) == ("wrong, interpreter: different", finding.source)
    module = parse((folder / "program.relay").read_text())
    with np.load(folder / "inputs.npz") as arrays:
        values = bind_args(module, [arrays[name] for name in arrays])
    program = drawn(PLAN, finding.number)
    np.testing.assert_array_equal(interpret(module, values), interpret(program.module, program.args))


def test_a_killed_campaign_loses_what_was_under_way_at_most(tmp_path: Path, undisturbed: dict) -> None:
    options = ["--programs", "1000000", "--jobs", "1", "--seed", "1", "--size", "10", "--database", str(tmp_path)]
    for name in PLAN.properties:
        options += ["--property", name]
    command = [sys.executable, "-P", "-c", "from migrate.cli.main import main; main()", "fuzz", *options]
    path = os.pathsep.join(sys.path)
    running = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL)
    try:
        while running.poll() is None and not done(tmp_path):
            time.sleep(0.02)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    before = done(tmp_path)
    assert before
    progress = run_campaign(PLAN, Goal(programs=max(PROGRAMS, before)), Here(PLAN), tmp_path)
    if before <= PROGRAMS:
        assert progress.programs == PROGRAMS - before
        assert facts(progress.tally) == undisturbed


def done(folder: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{folder / 'campaign.sqlite'}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT sum(count) FROM batches").fetchone()[0] or 0
    except sqlite3.Error:
        return 0


def test_one_folder_is_of_one_campaign(tmp_path: Path) -> None:
    database = Database(tmp_path, PLAN)
    with pytest.raises(DiagnosticError, match="in use"):
        Database(tmp_path, PLAN)
    database.close()
    with pytest.raises(DiagnosticError, match="seed 1 there, 2 here"):
        Database(tmp_path, Plan(PLAN.properties, 2, 10))
    Database(tmp_path, PLAN).close()


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiagnosticError, match="cannot be used"):
        Database(tmp_path / "file", PLAN)


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "campaign.sqlite").write_text("no database " * 100)
    with pytest.raises(DiagnosticError, match="cannot be used"):
        Database(tmp_path, PLAN)
