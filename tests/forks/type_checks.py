"""What a type checker finds in ported files, under the alias of the target, that it did not find in the original ones
under the alias of 0.19: pyright with its basic checks, on stubs of both aliases.

Every such error counts, whatever it is about, but for imports that are not found of modules that are no release's, and
of all at the top of a file: those are tried by importing. An error is the original's, too, when that has one of the
same text in the file, or of the same kind at the place that the line comes from.
"""

import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
NOT_FOUND = re.compile(r'Import "(?P<module>[\w.]+)" could not be resolved|"\w+" is unknown import symbol')
SETTINGS = {"stubPath": "stubs", "typeCheckingMode": "basic", "pythonVersion": "3.11", "exclude": []}
NUMBER = re.compile(r"(?<=\w)_\d+\b")
"""What classes of stubs are told apart by."""


def errors_in(files, release, known):
    """The errors in each file under the alias of a release: kind, line from 0, text. ``known``: modules of TVM's."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        (folder / "known.json").write_text(json.dumps(known))
        stubs = [sys.executable, "-P", str(HERE / "alias_stubs.py"), release, "stubs", "known.json"]
        subprocess.run(stubs, check=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(HERE.parents[1])})
        include = [os.path.relpath(file.resolve(), folder) for file in files]
        (folder / "pyrightconfig.json").write_text(json.dumps({**SETTINGS, "include": include}))
        command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", made, "--outputjson"]
        told = json.loads(subprocess.run(command, check=False, capture_output=True, text=True).stdout)
    by_file = defaultdict(list)
    for item in told["generalDiagnostics"]:
        text, line = NUMBER.sub("", item["message"].splitlines()[0]), item["range"]["start"]["line"]
        if item["severity"] == "error" and not _tried(item["file"], line, text, known):
            by_file[item["file"]].append((item.get("rule", "syntax"), line, text))
    return [sorted(by_file[str(file.resolve())], key=lambda item: item[1]) for file in files]


def _tried(file, line, text, known):
    """Whether an error is one of those that importing the file judges."""
    missing = NOT_FOUND.match(text)
    if missing is None:
        return False
    return (missing["module"] or "tvm") not in known or not _lines(file)[line][:1].isspace()


@cache
def _lines(file):
    return Path(file).read_bytes().decode(errors="replace").splitlines()


def brought(before, after, old, new):
    """Those errors of the text ``after`` (found there: ``new``) that are none of the text ``before``, where ``old``
    were found.
    """
    texts = Counter((kind, text) for kind, _, text in old)
    places = {(kind, line) for kind, line, _ in old}
    origin = origins(before.splitlines(), after.splitlines()) if new else {}
    for kind, line, text in new:
        if texts[kind, text]:
            texts[kind, text] -= 1
        elif not any((kind, place) in places for place in origin.get(line, ())):
            yield kind, line, text


def origins(before, after):
    """For each line of a text, from 0, the lines of an earlier one that it may come from."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    result = {}
    for kind, start, end, to_start, to_end in matcher.get_opcodes():
        for line in range(to_start, to_end):
            result[line] = [start + line - to_start] if kind == "equal" else range(start, end)
    return result
