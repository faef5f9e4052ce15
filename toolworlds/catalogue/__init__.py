"""Catalogues in ToolBench's format: a registry, what can feed what, chains of calls, and their execution."""
