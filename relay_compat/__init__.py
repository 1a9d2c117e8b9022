"""The legacy IR, frozen: Relay as TVM 0.19 reads, types, prints and runs it."""
