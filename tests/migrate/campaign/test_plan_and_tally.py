"""Which batches are left, and that results add up whatever their order."""

from itertools import islice, permutations

from migrate.verify.campaign.plan import BATCH, Batch, Plan, remaining
from migrate.verify.campaign.tally import Finding, Tally


def test_what_is_done_is_not_run_again() -> None:
    assert list(remaining([], 120)) == [Batch(0, 50), Batch(50, 50), Batch(100, 20)]
    done = [Batch(100, 20), Batch(0, 50)]
    assert list(remaining(done, 120)) == [Batch(50, 50)]
    assert list(remaining(done, 130)) == [Batch(50, 50), Batch(120, 10)]
    assert list(remaining(done, 60)) == [Batch(50, 10)]
    assert list(remaining(done, 40)) == []


def test_without_an_end_the_batches_go_on() -> None:
    assert list(islice(remaining([Batch(0, BATCH)], None), 2)) == [Batch(50, 50), Batch(100, 50)]


def test_a_plan_survives_json() -> None:
    plan = Plan(("conversion",), 7, 12, ("let",), 3.5, 1000)
    assert Plan.from_json(plan.to_json()) == plan


def test_the_order_of_batches_does_not_show() -> None:
    parts = [tally(number) for number in range(3)]
    totals = []
    for order in permutations(parts):
        total = Tally()
        for part in order:
            total.add(Tally.from_json(part.to_json()))
        totals.append(total.to_json())
    assert all({**one, "findings": sorted_(one)} == {**totals[0], "findings": sorted_(totals[0])} for one in totals)
    total = Tally.from_json(totals[-1])
    assert [(item.key, item.number, item.count) for item in total.failures] == [("a", 0, 6), ("b 2", 2, 1)]
    assert [item.key for item in total.undecided] == ["c"]


def sorted_(fields: dict) -> list:
    return sorted(fields["findings"], key=lambda item: item["key"])


def tally(number: int) -> Tally:
    made = Tally(programs=2, slowest=(float(number), str(number)))
    made.outcomes[("p", "different")] += 2
    made.coverage[("operators", f"op{number}")] += 1
    for _ in range(2):
        made.note(Finding("p", "a", "different", "", number, f"0:{number}"))
    if number == 2:
        made.note(Finding("p", "b 2", "crashed", "", number, f"0:{number}"))
    made.note(Finding("p", "c", "inconclusive", "", number, f"0:{number}"))
    return made
