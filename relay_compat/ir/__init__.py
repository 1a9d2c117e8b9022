"""Node classes of Relay."""
