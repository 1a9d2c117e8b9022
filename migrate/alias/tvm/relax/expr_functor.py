"""tvm.relax.expr_functor."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm.relax.expr_functor",
    {
        "migrate.alias.relax.functors": "PyExprMutator PyExprVisitor",
        "relax_core.expr_functor": "ExprFunctor mutator visitor",
    },
)
