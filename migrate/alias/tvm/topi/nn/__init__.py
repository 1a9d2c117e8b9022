"""tvm.topi.nn: numbers of the simulated operators; schedules are not covered."""
