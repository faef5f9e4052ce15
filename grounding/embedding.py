"""Sentence embeddings of short texts, by a model that lies on this machine; nothing is downloaded."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from functools import cache

Embed = Callable[[str], Sequence[float]]
"""A text as a vector of length 1."""
EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"
"""Unless `TOOLWORLDS_EMBEDDER` names another model or a folder."""


def name_embedder() -> str:
    """The model that is looked for."""
    return os.environ.get("TOOLWORLDS_EMBEDDER", EMBEDDER)


@cache
def find_embedder() -> Embed | None:
    """The embedding model; None where sentence-transformers (extra `memory`) or the model is not here."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    transformers = importlib.import_module("sentence_transformers")
    try:
        model = transformers.SentenceTransformer(name_embedder(), device="cpu", local_files_only=True)
    except (OSError, ValueError):
        return None
    return lambda text: [float(number) for number in model.encode(text, normalize_embeddings=True)]
