"""Port a folder of public Python that was written against Relay, and measure what became of it.

    tox run -e fork-corpus -- FOLDER [--target 0.27] [--jobs 2] [--output tests/forks/figures.json]

FOLDER is what `collect.py` makes. Each file is ported as part of what was collected of its fork; then the result is
compiled, ported again (nothing may change) and looked through for names of Relay without the product's help; where it
has patterns, passes or BYOC, it is imported under the alias of the target (with `--oracles DIR`, in the real release
where the alias does not cover what it needs) and type-checked under it. A use counts as automatic only in a file whose
result imports and in which a type checker finds nothing that it did not find in the original (`type_checks.py`);
import lines are no uses.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cut import dotted
from idioms import idiom_of
from names_left import relay_lines
from places import places_of
from type_checks import brought, errors_in

from migrate.alias.profile import profile
from migrate.codemods.api import OLD, api
from migrate.codemods.driver import Level, Options, port_source
from migrate.codemods.source import decode
from migrate.codemods.target import target_named
from tensor_core.diagnostics import DiagnosticError

HERE = Path(__file__).parent
KINDS = {"pass", "dpl", "byoc"}
"""What code on patterns, passes and BYOC is marked with."""
NOT_COVERED = "R2R0901"
DONE = {Level.AUTO.value, Level.KEPT.value}


@dataclass
class Result:
    """What became of one file. ``places``: idiom, level, and how many; ``left``: names, or rules, that a person has to
    see, by level. ``error``: why it was not read; ``crash``: what was raised that should not be. ``types``: what a type
    checker finds in it that it did not find in the original.
    """

    repo: str
    module: str
    file: str
    kinds: list[str]
    lines: int = 0
    seconds: float = 0.0
    error: str = ""
    crash: str = ""
    changed: bool = False
    idempotent: bool = True
    compiles: bool = True
    silent: list[str] = field(default_factory=list)
    places: list[tuple[str, str, int]] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    imports: str = ""
    imported_before: str = ""
    types: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    @property
    def counts(self):
        """Whether uses in the file may count."""
        return not self.imports and not self.types


def of_fork(name, place):
    """Whether a name below tvm.relay is of a module of the fork's, and none of Relay's."""
    return place.own(name, api(OLD))


def port_one(task):
    """Port one file and look at the result; the new text goes to the folder of results."""
    row, root, out, target, place = task
    source = Path(root, row["file"])
    result = Result(row["repo"], dotted(row["path"]), row["file"], row["kinds"].split(","))
    result.own = sorted(name for name in place.modules if name.startswith("tvm."))
    options = Options(target_named(target), todo=True, rest=True)
    try:
        text, encoding = decode(source.read_bytes(), str(source))
        result.lines = text.count("\n")
        start = time.process_time()
        ported = port_source(text, row["path"], None, options, place)
        result.seconds = time.process_time() - start
    except DiagnosticError as error:
        result.error = str(error).splitlines()[0]
        return result
    except Exception as error:
        result.crash = f"{type(error).__name__}: {error}"[:300]
        return result
    result.changed = ported.text != text
    counts = Counter((idiom_of(item.name, item.rule), item.level.value) for item in ported.places)
    result.places = [(*key, count) for key, count in sorted(counts.items())]
    seen = (item for item in ported.places if item.level.value not in DONE)
    result.left = dict(Counter(f"{item.level.value} {item.rule} {item.name}" for item in seen).most_common())
    try:
        compile(ported.text, row["path"], "exec")
    except SyntaxError as error:
        result.compiles = False
        result.crash = f"the result does not compile: {error}"
        return result
    try:
        again = port_source(ported.text, row["path"], None, options, place)
        result.idempotent = again.text == ported.text
        told = {item.span.line for item in again.places if item.level is not Level.KEPT}
        told |= {item.span.line for item in again.refusals if item.span}
        found = sorted(relay_lines(ported.text).items())
        silent = [(line, name) for line, name in found if not told & {line, line - 1} and not of_fork(name, place)]
        result.silent = [f"{line}: {name}" for line, name in silent]
    except Exception as error:
        result.crash = f"second time: {type(error).__name__}: {error}"[:300]
    made = Path(out, row["file"])
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(ported.text, encoding=encoding, newline="")
    return result


def run(rows, folder, out, target, jobs):
    """All files, by so many processes; also the seconds it took."""
    places = places_of(folder)
    tasks = [(row, str(folder), str(out), target, places[row["file"]]) for row in rows]
    start = time.monotonic()
    if jobs == 1:
        results = [port_one(task) for task in tasks]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            results = list(pool.map(port_one, tasks, chunksize=4))
    return results, time.monotonic() - start


def modules_of(release, python=None):
    """The modules that a release of TVM has: all of what lies in the real one, else those whose names were recorded."""
    if python is None:
        return sorted(profile(release).modules)
    found = set()
    for package in (python.parents[1] / "lib").glob("python3*/site-packages/tvm"):
        for file in package.rglob("*.py"):
            parts = ("tvm", *file.relative_to(package).with_suffix("").parts)
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(found)


def imported(files, release, known, real=None):
    """For each file and its module why it cannot be imported under the alias of a release; empty where it can. What the
    alias says it does not cover is asked of the real release, where there is its interpreter.
    """
    answers = _answers(
        [sys.executable, "-P", "-m", "migrate.cli", "as-tvm", "--release", release, "--", "python"], files, known
    )
    again = [at for at, answer in enumerate(answers) if NOT_COVERED in answer]
    if real is not None and again:
        told = _answers([str(real)], [files[at] for at in again], known)
        answers = [told[again.index(at)] if at in again else answer for at, answer in enumerate(answers)]
    return answers


def type_checked(items, before, after, target, known):
    """What a type checker finds in each result that it did not find in the original; ``before``, ``after``: folders."""

    def side(folder, release):
        files = [folder / item.file for item in items]
        return zip(files, errors_in(files, release, known[release]), strict=True)

    with ThreadPoolExecutor() as pool:
        sides = pool.map(side, (before, after), (OLD, target))
    for (old_file, old), (new_file, new) in zip(*sides, strict=True):
        was, became = (decode(file.read_bytes(), str(file))[0] for file in (old_file, new_file))
        yield [f"{line + 1}: {text}" for _, line, text in brought(was, became, old, new)]


def _answers(python, files, known):
    with tempfile.TemporaryDirectory() as folder:
        listed, answers, modules = (Path(folder, f"{name}.json") for name in ("list", "answers", "known"))
        rows = [{"file": str(file.resolve()), "module": module, "own": own} for file, module, own in files]
        listed.write_text(json.dumps(rows))
        modules.write_text(json.dumps(known))
        subprocess.run([*python, str(HERE / "try_imports.py"), str(listed), str(answers), str(modules)], check=True)
        return json.loads(answers.read_text())


def shares(results, key):
    """By ``key(result, idiom)``: uses, those by level, and automatic ones in files that count."""
    table = defaultdict(Counter)
    for item in results:
        for idiom, level, count in item.places:
            row = table[key(item, idiom)]
            row["uses"] += count
            row[level] += count
            if level in DONE and item.counts:
                row["automatic"] += count
            if level in DONE | {Level.ASSISTED.value} and item.counts:
                row["with a look"] += count
    return {name: dict(row) for name, row in sorted(table.items(), key=lambda pair: -pair[1]["uses"])}


def figures(results, target, kinds, seconds, peak):
    """Everything that is shown."""
    read = [item for item in results if not item.error]
    own = [item for item in read if set(item.kinds) & KINDS]
    lines = sum(item.lines for item in read)
    return {
        "target": target,
        "kinds": kinds or "all",
        "files": len(results),
        "repositories": len({item.repo for item in results}),
        "lines": lines,
        "not read": dict(Counter(item.error for item in results if item.error)),
        "crashes": [f"{item.file}: {item.crash}" for item in results if item.crash],
        "changed": sum(item.changed for item in read),
        "not idempotent": [item.file for item in read if not item.idempotent],
        "do not compile": [item.file for item in read if not item.compiles],
        "silent names": sum(len(item.silent) for item in read),
        "import before": sum(not item.imported_before for item in own),
        "import after": sum(not item.imports for item in own),
        "type-check after": sum(not item.types for item in own),
        "import and type-check after": sum(item.counts for item in own),
        "pattern, pass and BYOC files": len(own),
        "all": shares(own, lambda _, __: "all"),
        "by repository": shares(own, lambda item, _: item.repo),
        "by idiom": shares(own, lambda _, idiom: idiom),
        "every file by repository": shares(read, lambda item, _: item.repo),
        "every file by idiom": shares(read, lambda _, idiom: idiom),
        "seconds per 1000 lines": round(1000 * sum(item.seconds for item in read) / max(lines, 1), 3),
        "seconds by jobs": {str(jobs): round(took, 1) for jobs, took in seconds.items()},
        "peak MB": peak,
    }


def main():
    """Measure, show and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--target", default="0.27")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--output", type=Path, default=HERE / "figures.json")
    parser.add_argument("--out", type=Path, help="where the ported files are kept")
    parser.add_argument("--details", type=Path, help="one line of JSON per file")
    parser.add_argument("--kinds", help="only files of these kinds, with commas between them")
    parser.add_argument("--oracles", type=Path, help="the environments of real TVMs (python -m oracle.environments)")
    parser.add_argument("--scaling", action="store_true", help="port once more with one process")
    given = parser.parse_args()
    rows = json.loads((given.folder / "index.json").read_text())
    if given.kinds:
        rows = [row for row in rows if set(row["kinds"].split(",")) & set(given.kinds.split(","))]
    out = given.out or Path(tempfile.mkdtemp(prefix="ported-"))
    results, took = run(rows, given.folder, out, given.target, given.jobs)
    seconds = {given.jobs: took}
    if given.scaling:
        seconds[1] = run(rows, given.folder, out, given.target, 1)[1]
    who = resource.RUSAGE_SELF if given.jobs == 1 else resource.RUSAGE_CHILDREN
    peak = resource.getrusage(who).ru_maxrss // 1024
    made = [item for item in results if (out / item.file).exists() and set(item.kinds) & KINDS]
    pythons = (
        {name: given.oracles / f"tvm-{name}" / "bin" / "python" for name in (OLD, given.target)}
        if given.oracles
        else {}
    )
    modules = {release: modules_of(release, pythons.get(release)) for release in (OLD, given.target)}
    known = sorted({name for names in modules.values() for name in names})

    def imports(side):
        folder, release = side
        files = [(folder / item.file, item.module, item.own) for item in made]
        return imported(files, release, known, pythons.get(release))

    with ThreadPoolExecutor(given.jobs) as pool:
        after, before = pool.map(imports, ((out, given.target), (given.folder, OLD)))
    errors = type_checked(made, given.folder, out, given.target, modules)
    for item, imports_after, imports_before, types in zip(made, after, before, errors, strict=True):
        item.imports, item.imported_before, item.types = imports_after, imports_before, types
    found = figures(results, given.target, given.kinds, seconds, peak)
    given.output.write_text(json.dumps(found, indent=1) + "\n")
    if given.details:
        given.details.write_text("".join(json.dumps({**asdict(item), "own": []}) + "\n" for item in results))
    show(found)


def show(found):
    """The figures as tables."""
    for name, value in found.items():
        if not isinstance(value, dict | list):
            print(f"{name:32} {value}")
        elif isinstance(value, list):
            print(f"{name:32} {len(value)}")
            for item in value[:10]:
                print(f"    {item}")
    levels = ("kept", "auto", "assisted", "manual", "unknown")
    for title in ("all", "by repository", "by idiom"):
        print(f"\n{title:34} {'uses':>6} {'auto %':>7} {'+look %':>8}", *(f"{level:>8}" for level in levels))
        for name, row in found[title].items():
            parts = [100 * row.get(key, 0) / row["uses"] for key in ("automatic", "with a look")]
            cells = (f"{row.get(level, 0):8}" for level in levels)
            print(f"{name:34} {row['uses']:6} {parts[0]:7.1f} {parts[1]:8.1f}", *cells)


if __name__ == "__main__":
    main()
