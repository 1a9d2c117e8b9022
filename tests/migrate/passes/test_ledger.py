"""The ledger knows every Relay pass and claims nothing that it does not show."""

import json
from collections import Counter
from pathlib import Path

import pytest
from rule_mutants import mutants

from migrate.passes.ledger import Offer, Status, exists_on_relay, ledger, read, row
from migrate.passes.ports import ports
from relax_core.op import names
from relax_core.transform import HOME_OF as HOMES_IN_RELAX
from relay_compat.transform.registry import HOME_OF
from tensor_core.diagnostics import DiagnosticError

ROOT = Path(__file__).resolve().parents[3]
FACTS = ROOT.parent / "shared" / "facts" / "pass_mapping.json"
PROOFS = ROOT / "migrate" / "passes" / "proofs.json"
EVERY = FACTS.with_name("relay_passes.json")
SPELLED = {
    "relay.transform.MemoryPlan": "relay.transform.memory_plan",
    "relay.qnn._transform.Legalize": "relay.qnn.transform.Legalize",
    "qnn.CanonicalizeOps": "relay.qnn.transform.CanonicalizeOps",
    "qnn.Legalize": "relay.qnn.transform.Legalize",
    "relay._quantize.QuantizePartition": "relay.quantize.partition",
    "relay._quantize.QuantizeAnnotate": "relay.quantize.annotate",
    "relay._quantize.QuantizeRealize": "relay.quantize.realize",
    "LowerTE (module) + LowerTensorExpr (function)": "relay.backend.te_compiler.lower_te",
    "MergeCompilerRegions (inner)": "MergeCompilerRegions",
    "RelayToTIR(example)": "RelayToTIRTargetHook",
}
"""Passes that the list read off TVM names otherwise than the ledger."""


def test_every_pass_of_tvm_has_a_row() -> None:
    if not FACTS.exists():
        pytest.skip("the list of passes read off TVM is not there")
    facts = json.loads(FACTS.read_text())
    assert set(facts["relay_transform"]) <= set(ledger())
    # Some entries outside tvm.relay.transform name several passes, or describe one.
    assert len(ledger()) >= len(facts["relay_transform"]) + len(facts["outside_relay_transform"])
    for name, fact in facts["relay_transform"].items():
        offers = {"direct": Offer.DIRECT, "partial": Offer.PARTIAL, "superseded": Offer.SUPERSEDED}
        assert ledger()[name].offers is offers.get(fact["status"], Offer.NOTHING), name


def test_each_of_the_97_passes_of_tvm_is_decided() -> None:
    if not EVERY.exists():
        pytest.skip("the list of passes read off TVM is not there")
    listed: list[str] = [item["name"] for item in json.loads(EVERY.read_text())["transform"]]
    assert len(listed) == 97
    for entry in listed:
        for name in SPELLED.get(entry, entry).split("/"):
            wanted = SPELLED.get(name.strip(), name.strip())
            assert wanted in ledger() or f"relay._transform.{wanted}" in ledger(), entry


def test_measured_proofs_are_of_these_passes_and_hold() -> None:
    measured = json.loads(PROOFS.read_text())
    bridged = {found.name for found in ledger().values() if found.status is Status.BRIDGED}
    assert set(measured) == set(ports()) | bridged
    for name, row_ in measured.items():
        assert row_["holds"], name
        assert not row_["vacuous"], name
        assert row_["programs"] >= 400, name
        assert row_["changed"] >= 0.6 * row_["programs"], name


def test_every_wrong_version_is_found_out() -> None:
    measured = json.loads(PROOFS.read_text())
    wrong_ones = Counter(mutant.port for mutant in mutants())
    for name, row_ in measured.items():
        wrong = row_["wrong versions"]
        assert not wrong["survived"], name
        assert wrong["killed"] == wrong["total"], name
        identities = 1 if row(name).status is Status.BRIDGED or ports()[name].by_conversion else 2
        assert wrong["total"] == wrong_ones[name] + identities, name


def test_few_passes_are_refused() -> None:
    refused = [found for found in ledger().values() if found.status is Status.REFUSED]
    assert len(refused) <= 15
    assert all(found.evidence for found in refused)


@pytest.mark.parametrize("release", ["0.19", "0.27"])
def test_what_refused_passes_need_is_not_in_relax(release: str) -> None:
    # Conv2dToSparse and its kin, FlattenAtrousConv, Collage.
    offered = [*(name for prefix in ("", "nn.", "image.") for name in names(prefix, release)), *HOMES_IN_RELAX]
    assert len(offered) > 200
    assert not [name for name in offered if any(part in name.lower() for part in ("sparse", "to_batch", "collage"))]
    assert not [name for name in HOMES_IN_RELAX if "quanti" in name.lower() or "calibrate" in name.lower()]


def test_what_is_ported_can_be_proven() -> None:
    ported = {found.name for found in ledger().values() if found.status is Status.PORTED}
    assert ported == {port.name for port in ports().values() if not port.by_conversion}


def test_every_pass_on_relay_has_a_row() -> None:
    named = {name.rpartition("transform.")[2] for name in ledger()}
    # Names in small letters are functions on expressions.
    assert {name for name in HOME_OF if name[0].isupper()} <= named
    assert all(exists_on_relay(row(name)) for name in ("FoldConstant", "Inline"))


def test_evidence_exists() -> None:
    """Evidence is a test, recorded cases that come out as TVM made them, or a name of TVM 0.27."""
    for found in ledger().values():
        for item in found.evidence:
            kind, _, what = item.rpartition(": ")
            assert _KINDS[kind](what), f"{found.name}: {item}"


def _is_test(what: str) -> bool:
    file, _, name = what.partition("::")
    return what.startswith("tests/") and (f"def {name}(" if name else "def test_") in (ROOT / file).read_text()


def _is_recorded(what: str) -> bool:
    collection, _, name = what.partition("/")
    good, total = SCORES[collection][name].split(" of ")
    return int(good) >= 0.95 * int(total)


def _is_name_of_tvm(what: str) -> bool:
    module, _, name = what.rpartition(".")
    return name in NAMES[module]


SCORES = json.loads((ROOT / "tests" / "corpus" / "scores.json").read_text())
NAMES = json.loads((ROOT / "migrate" / "alias" / "names-0.27.json").read_text())
_KINDS = {"": _is_test, "corpus": _is_recorded, "TVM 0.27": _is_name_of_tvm}


def test_what_relax_offers_is_there() -> None:
    for release in ("0.19", "0.27"):
        names_ = json.loads((ROOT / "migrate" / "alias" / f"names-{release}.json").read_text())["tvm.relax.transform"]
        for found in ledger().values():
            assert set(found.relax.get(release, ())) <= set(names_), found.name


def test_rows_survive_json() -> None:
    written = {name: found.to_json() for name, found in ledger().items()}
    for values in written.values():
        del values["name"]
    assert read(json.dumps(written)) == dict(ledger())


@pytest.mark.parametrize(
    "values",
    [
        {"status": "ported", "offers": "direct"},
        {"status": "ported", "offers": "direct", "contract": "exact"},
        {"status": "refused", "offers": "nothing"},
        {"status": "superseded", "offers": "nothing"},
        {"status": "superseded", "offers": "nothing", "reason": "because"},
        {"status": "done", "offers": "direct"},
        {"status": "pending", "offers": "direct", "contract": "roughly"},
    ],
)
def test_contradicting_row_is_an_error(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"needs|is not a valid"):
        read(json.dumps({"Some": values}))


def test_unknown_pass_is_refused_with_a_hint() -> None:
    with pytest.raises(DiagnosticError) as caught:
        row("foldconst")
    (told,) = caught.value.diagnostics
    assert told.code.id == "R2R0703"
    assert "FoldConstant" in told.hint
