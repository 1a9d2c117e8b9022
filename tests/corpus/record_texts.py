"""Records how real TVM 0.19 prints every Relay module of the recorded cases. Run by hand:

    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.19/bin/python tests/corpus/record_texts.py CORPUS

CORPUS is the folder with the zips. `texts.tsv` beside this script gets one row for each module: where it is, and the
first 16 hex digits of the SHA-256 of two texts of `astext()`: after type inference, and as it was loaded with all
comments (`ty=`, `span=`) left out. "-" stands for a module that TVM cannot infer or print.
"""

# pyright: reportMissingImports=false

import csv
import hashlib
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import tvm
from tvm import relay

ZIPS = ("evaluated", "models", "onnx", "passes")


def modules(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Every module: its zip, its case (with the side for passes), its JSON."""
    for name in ZIPS:
        with zipfile.ZipFile(folder / f"{name}.zip") as archive:
            for row in json.loads(archive.read("index.json")):
                case = row["name"]
                if name == "passes":
                    content = json.loads(archive.read(f"{case}/case.json"))
                    for side in ("before", "after"):
                        yield name, f"{case}/{side}", content[side]
                else:
                    yield name, case, archive.read(f"{case}/module.json").decode()


def digest(text: Callable[[], str]) -> str:
    try:
        return hashlib.sha256(text().encode(errors="surrogateescape")).hexdigest()[:16]
    except tvm.error.TVMError:
        return "-"


def main() -> None:
    with Path(__file__).with_name("texts.tsv").open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(("zip", "case", "inferred", "bare"))
        for archive, case, text in modules(Path(sys.argv[1])):
            module = tvm.ir.load_json(text)
            bare = digest(lambda module=module: module.astext(True, annotate=lambda _: ""))
            inferred = digest(lambda module=module: relay.transform.InferType()(module).astext())
            writer.writerow((archive, case, inferred, bare))


if __name__ == "__main__":
    main()
