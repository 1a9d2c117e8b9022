"""tvm.relay.frontend: only the helpers of :mod:`common`; converters of other frameworks are not covered."""
