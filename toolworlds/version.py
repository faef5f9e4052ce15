"""The version that every command prints and that the package carries."""

__version__ = "0.2.0"
