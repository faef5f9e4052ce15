"""Sentence embeddings of short texts, by a model that lies on this machine; nothing is downloaded."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

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
    folder = _find_folder(name_embedder())
    if folder is None:
        return None
    library = importlib.import_module("sentence_transformers")
    importlib.import_module("transformers.utils.logging").disable_progress_bar()
    try:
        model = library.SentenceTransformer(folder, device="cpu", local_files_only=True)
    except (OSError, ValueError):
        return None
    return lambda text: [float(number) for number in model.encode(text, normalize_embeddings=True)]


def _find_folder(name: str) -> str | None:
    """Where the model lies. Whoever has none need not wait the seconds that loading the library takes."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    if Path(name).is_dir():
        return name
    hub = importlib.import_module("huggingface_hub")
    try:
        return str(hub.snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):
        return None
