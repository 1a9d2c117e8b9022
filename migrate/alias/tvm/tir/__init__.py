"""tvm.tir (tvm.tirx since TVM 0.24): scalar expressions and tensor programs."""

from __future__ import annotations

from migrate.alias.lazy import lazy

_PRIM = (
    "Add And Cast EQ FloorDiv FloorMod GE GT LE LT Max Min Mod=TruncMod Mul NE Not Or PrimExpr Select StringImm Sub Div"
)

FUNCTIONS = (
    "abs acos acosh add=plus all any asin asinh atan atan2 atanh ceil ceildiv cos cosh div erf exp floor floordiv"
    " floormod if_then_else indexdiv indexmod log log2 max max_value min min_value multiply pow power round rsqrt"
    " sigmoid sin sinh sqrt subtract tan tanh trunc truncdiv truncmod"
)

__getattr__ = lazy(
    "tvm.tir tvm.tirx",
    {
        "migrate.alias.tvm.tir.expr": "Any FloatImm IntImm SizeVar Var const",
        "migrate.alias.tir.ops": FUNCTIONS,
        "migrate.alias.tir.nodes": _PRIM,
        "tensor_core.tir.buffer": "Buffer BufferRegion MatchBufferRegion decl_buffer",
        "tensor_core.tir.expr": "Broadcast BufferLoad CommReducer IndexMap IterVar Let Ramp Reduce Shuffle",
        "relax_core.ir.expr": "PrimFunc",
        "tensor_core.tir.functor": "post_order_visit",
        "tensor_core.tir.stmt": "AllocBuffer Allocate AllocateConst AssertStmt AttrStmt Block BlockRealize Break"
        " BufferRealize BufferStore Continue DeclBuffer Evaluate For IfThenElse LetStmt Return SBlock=Block"
        " SBlockRealize=BlockRealize SeqStmt Stmt While",
        "relay_compat.layouts.layout": "Layout layout",
    },
)
