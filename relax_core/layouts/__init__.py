"""How operators behave in other layouts: what FRelaxInferLayout says in TVM 0.27, as one table.

:mod:`relax_core.layouts.layout` has layouts as values, :mod:`relax_core.layouts.rule` what a rule takes and gives, and
:mod:`relax_core.layouts.table` the rules by operator.
"""
