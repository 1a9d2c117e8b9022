"""The public API of `migrate`, under the name of the distribution."""
