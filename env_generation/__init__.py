"""Stage 1: from the name of a field to environments, each one world and the tools on it."""
