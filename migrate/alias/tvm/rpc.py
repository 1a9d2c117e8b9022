"""tvm.rpc: programs run in this process; nothing runs elsewhere."""
