"""tvm.script: scalar constants of TVMScript's dialects; parsing scripts is not covered."""
