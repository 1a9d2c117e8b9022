"""Pairs of operators that stand beside each other, and functions with type parameters."""

from migrate.verify.generate import draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.commonest import COMMONEST
from migrate.verify.generate.coverage import CONSTRUCTS, PAIRS, Counts, coverage, reached
from migrate.verify.generate.features import Feature
from migrate.verify.generate.skeletons import SKELETONS, neighbours
from migrate.verify.generate.skeletons.folding import free
from migrate.verify.properties.equivalence import conversion

HOLDS = conversion()


def test_chains_reach_more_pairs_than_other_programs() -> None:
    found: list[int] = []
    for make in (free, neighbours.chained):
        counts: Counts = Counts()
        for seed in range(80):
            around = [row for row in SKELETONS if row.make is make]
            counts.update(coverage(draw_program(of_seed(seed), features={Feature.DTYPES}, skeletons=around).module))
        found.append(reached(counts)[PAIRS][0])
    assert found[1] > 2 * found[0]
    assert found[1] > len(COMMONEST) * 4


def test_functions_of_any_type_are_called_with_several() -> None:
    features = {Feature.GLOBAL, Feature.POLYMORPHIC, Feature.TUPLE, Feature.IF, Feature.DTYPES}
    programs = [draw_program(of_seed(seed), features=features) for seed in range(160)]
    generic = [each for each in programs if coverage(each.module)[CONSTRUCTS, "polymorphic function"]]
    assert len(generic) > 8
    assert [check.reason for check in map(HOLDS.check, generic) if check.failed] == []
