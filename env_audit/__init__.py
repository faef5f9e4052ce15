"""Stage 2: how reliably the tools of an environment answer."""
