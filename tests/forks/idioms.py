"""Which of the idioms of Relay's users a place belongs to."""

import re

_NODES = (
    "var|Var|const|Constant|Call|Tuple|TupleGetItem|Function|Let|If|GlobalVar|TensorType|TupleType|FuncType|Any|TypeVar"
    "|Expr|TupleWrapper|Type\\w*|bind|ScopeBuilder"
)
_OPS = "nn|image|vision|random|dyn|tensor|transform|reduce|algorithm"
_BY_NAME = (
    ("dataflow patterns", r"tvm\.relay\.dataflow_pattern\.(?!DFPatternCallback|rewrite)"),
    ("DFPatternCallback, rewrite", r"tvm\.relay\.dataflow_pattern\.(DFPatternCallback|rewrite)"),
    (
        "mutators and visitors",
        r"tvm\.relay\.(expr_functor|ExprMutator|ExprVisitor|ExprFunctor|MixedModeMutator|analysis)",
    ),
    ("BYOC registration", r"tvm\.relay\.op\.contrib|.*register_pattern_table|.*register_op_attr"),
    ("passes and pipelines", r"tvm\.relay\.transform|tvm\.transform|tvm\.ir\.transform|tvm\.relay\.qnn\.transform"),
    (
        "build and run",
        r"tvm\.relay\.(build|vm|create_executor|build_module|backend)|tvm\.contrib\.graph_executor|tvm\.runtime",
    ),
    ("front ends", r"tvm\.relay\.(frontend|testing)|tvm\.driver"),
    ("registration of ops", r"tvm\.relay\.op\.(op|strategy|register\w*|op_attrs)|tvm\.register_func|tvm\._ffi"),
    ("quantization", r"tvm\.relay\.(quantize|qnn)"),
    ("tuning", r"tvm\.(autotvm|auto_scheduler|meta_schedule)"),
    ("expressions and types", rf"tvm\.relay\.(ty\.|expr\.|adt\.|function\.)?({_NODES})\b"),
    ("calls of operators", rf"tvm\.relay\.(op\.)?(({_OPS})\.)*[a-z_0-9]+$"),
    ("modules", r"tvm\.(ir\.)?(IRModule|ir\.)"),
    ("other names of Relay", r"tvm\.relay"),
)
_BY_RULE = (
    ("types", r"types"),
    ("attributes of calls", r"attr"),
    ("operators by name", r"op_name|ops\.compare|dispatch"),
    ("mutators and visitors", r"functor"),
    ("dataflow patterns", r"pattern"),
    ("BYOC registration", r"byoc"),
    ("passes and pipelines", r"passes"),
    ("build and run", r"build"),
)

_NAMES = [(idiom, re.compile(text)) for idiom, text in _BY_NAME]
_RULES = [(idiom, re.compile(text)) for idiom, text in _BY_RULE]


def idiom_of(name: str, rule: str) -> str:
    """By the name that is used, else by the rule that knows the place."""
    for table, text in ((_NAMES, name), (_RULES, rule)):
        for idiom, pattern in table if text else ():
            if (pattern.match if table is _NAMES else pattern.search)(text):
                return idiom
    return "other"
