"""Scripts that import, build and run models."""
