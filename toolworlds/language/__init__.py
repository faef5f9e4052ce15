"""English as people and tools write it: nouns, names, numbers, days, phrases; written and read, each once."""
