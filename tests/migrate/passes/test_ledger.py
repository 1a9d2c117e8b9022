"""The ledger knows every Relay pass and claims nothing that it does not show."""

import json
from pathlib import Path

import pytest

from migrate.passes.ledger import Offer, Status, exists_on_relay, ledger, read, row
from migrate.passes.ports import ports
from relay_compat.transform.registry import HOME_OF
from tensor_core.diagnostics import DiagnosticError

ROOT = Path(__file__).resolve().parents[3]
FACTS = ROOT.parent / "shared" / "facts" / "pass_mapping.json"


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


def test_what_is_ported_can_be_proven() -> None:
    ported = {found.name for found in ledger().values() if found.status is Status.PORTED}
    assert ported == {port.name for port in ports().values() if not port.by_conversion}


def test_every_pass_on_relay_has_a_row() -> None:
    named = {name.rpartition("transform.")[2] for name in ledger()}
    # Names in small letters are functions on expressions.
    assert {name for name in HOME_OF if name[0].isupper()} <= named
    assert all(exists_on_relay(row(name)) for name in ("FoldConstant", "Inline"))


def test_evidence_exists() -> None:
    for found in ledger().values():
        for test in found.evidence:
            file, _, name = test.partition("::")
            assert name in (ROOT / file).read_text(), f"{found.name}: {test}"


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
