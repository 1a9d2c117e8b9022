"""Programs whose functions are Relay and Relax side by side: a model moves function by function, each state checked."""
