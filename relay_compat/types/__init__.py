"""Type inference of Relay."""
