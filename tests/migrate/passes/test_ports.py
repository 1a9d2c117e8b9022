"""Every ported pass keeps what is computed on both sides, has something to do, and does it."""

from dataclasses import replace

import pytest

from migrate import load
from migrate.passes.ledger import Status, ledger, row
from migrate.passes.ports import pair, ports
from migrate.verify.proof import PortedPass, prove
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule

PROGRAMS = 30
BRIDGED = [name for name, found in ledger().items() if found.status is Status.BRIDGED]
PORTS = [port for port in ports().values() if port.name != "FoldConstant"]


def unchanged(module: IRModule) -> IRModule:
    return module


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.name)
def test_both_sides_agree_and_have_something_to_do(port: PortedPass) -> None:
    proof = prove(port, PROGRAMS)
    assert proof, proof.counterexample
    assert not proof.vacuous
    assert proof.changed >= 0.6 * PROGRAMS


@pytest.mark.parametrize("name", BRIDGED)
def test_bridged_passes_have_something_to_do_on_both_sides(name: str) -> None:
    port = pair(name)
    assert port is not None
    proof = prove(port, 10)
    assert proof, proof.counterexample
    assert not proof.vacuous
    assert proof.changed >= 6


@pytest.mark.parametrize(
    ("port", "side"),
    [
        pytest.param(port, side, id=f"{port.name}-{side}")
        for port in PORTS
        for side in (("relay",) if port.by_conversion else ("relay", "relax"))
    ],
)
def test_a_pass_that_does_nothing_breaks_its_promise(port: PortedPass, side: str) -> None:
    proof = prove(replace(port, **{side: unchanged}), PROGRAMS)
    assert not proof


ONES = 'ones(shape=[2], dtype="float32")'


@pytest.mark.parametrize(
    ("body", "is_changed"),
    [
        # Of two tensors of one value the first is matched, as in TVM 0.19, also where only the second is free.
        (f"%0 = {ONES}; (maximum(%0, {ONES}), sqrt({{}}))", False),
        (f"%0 = {ONES}; (maximum({ONES}, %0), sqrt({{}}))", True),
        ("%0 = reshape(%x, newshape=[1, 2]); (reshape(%0, newshape=[2, 1]), sqrt({}))", False),
    ],
)
def test_what_something_else_needs_is_no_part_of_a_match_on_relay(body: str, is_changed: bool) -> None:
    port = ports()["SimplifyExpr"]

    def of(operand: str) -> IRModule:
        return load(f'#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) {{{{ {body} }}}}'.format(operand))

    shared, free = of("%0"), of("%x")
    after = port.relay(shared)
    assert port.changed(shared, after) is is_changed
    assert port.promise(after) == ""
    assert port.promise(free)
    assert port.promise(port.relay(free)) == ""


def test_a_proof_without_anything_to_do_is_vacuous() -> None:
    port = replace(ports()["SimplifyExpr"], relay=unchanged, relax=unchanged, promise=lambda _: "")
    proof = prove(port, 5)
    assert proof
    assert proof.vacuous
    assert proof.to_json()["vacuous"]


def test_contracts_are_those_of_the_ledger() -> None:
    for port in ports().values():
        assert row(port.name).contract is port.contract, port.name
        assert row(port.name).status is (Status.SUPERSEDED if port.by_conversion else Status.PORTED), port.name


@pytest.mark.parametrize(
    ("channels", "groups", "is_left"), [(6, 3, False), (3, 3, True), (6, 1, True)], ids=["groups", "depthwise", "plain"]
)
def test_weights_in_groups_take_no_factors(channels: int, groups: int, is_left: bool) -> None:
    # A false alarm on one of 10,000 programs of ForwardFoldScaleAxis: neither side folds into such a weight.
    module = infer_types(
        load(f"""#[version = "0.0.5"]
def @main(%x: Tensor[(1, {channels}, 4, 4), float32], %w: Tensor[(3, {channels // groups}, 1, 1), float32]) {{
  nn.conv2d(multiply(%x, 4f), %w, groups={groups}, channels=3, kernel_size=[1, 1])
}}
""")
    )
    promise = ports()["ForwardFoldScaleAxis"].promise
    assert bool(promise(module)) == is_left
    assert not promise(ports()["ForwardFoldScaleAxis"].relay(module))
