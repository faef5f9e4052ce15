"""Judges, repairs, checks and measures conversations over a catalogue of tools."""
