"""Conversations as steps, and where every value in them came from. Pure."""
