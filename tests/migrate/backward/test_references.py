"""References of Relay there and back, also those that functions are given and keep."""

import numpy as np
import pytest

import migrate
from relay_compat.structural.equal import structural_equal
from relay_compat.types.infer import infer_types

V = "Tensor[(2), float32]"
HEADER = '#[version = "0.0.5"]\n'
PROGRAMS = {
    "given to a function": f"""def @put(%r: ref({V}), %v: {V}) -> () {{ ref_write(%r, %v) }}
def @main(%x: {V}) {{
  let %r = ref(%x);
  let %u = @put(%r, add(%x, %x));
  ref_read(%r)
}}
""",
    "captured by a closure that is kept": f"""def @main(%x: {V}) {{
  let %r = ref(%x);
  let %f = fn (%v: {V}) {{ let %old = ref_read(%r); let %u = ref_write(%r, %v); %old }};
  let %h = ref(%f);
  let %g = ref_read(%h);
  let %a = %g(add(%x, %x));
  (%a, ref_read(%r))
}}
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_there_and_back(name: str):
    module = migrate.load(HEADER + PROGRAMS[name])
    there = migrate.convert(module)
    assert there.report.complete
    back = migrate.revert(there.module)
    assert back.report.complete, back.report.diagnostics
    assert structural_equal(infer_types(migrate.load(back.text())), back.module)
    x = np.array([1, 2], "float32")
    want = migrate.run(module, [x], executor="interpreter")
    for got, value in zip(migrate.run(back.module, [x], executor="interpreter"), want, strict=True):
        np.testing.assert_array_equal(got, value)
