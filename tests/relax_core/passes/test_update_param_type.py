"""UpdateParamType: parameters of other types, and what is computed of them."""

from typing import Any

from relax_run import module

from relax_core.ir.types import TensorType
from relax_core.transform import UpdateParamStructInfo, UpdateParamType
from relax_core.well_formed import check

BODY = """
@R.function
def main(x: R.Tensor((4, 8), "float32"), w: R.Tensor((8, 3), "float32")) -> R.Tensor((4, 3), "float32"):
    y = R.matmul(x, w)
    z = R.add(y, y)
    return z
"""


def test_types_follow_the_parameter() -> None:
    before: Any = module(BODY)
    for maker in (UpdateParamType, UpdateParamStructInfo):
        after: Any = maker(lambda var: TensorType((8, 5), "float32") if var.name == "w" else None)(before)
        assert not check(after)
        assert after["main"].ret_ty == TensorType((4, 5), "float32")
        assert [param.ty.dims for param in after["main"].params] == [(4, 8), (8, 5)]
    assert before["main"].ret_ty == TensorType((4, 3), "float32")


def test_nothing_stated_changes_nothing() -> None:
    before: Any = module(BODY)
    assert UpdateParamType(lambda _: None)(before) is before
