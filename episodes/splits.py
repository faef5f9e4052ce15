"""What is held out for validation: wordings, documents by whole folders, files of code.

Which ones follows from their names alone, so that every process and every run agrees.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from episodes.indexing.store import Document
from toolworlds.records.episodes import Split
from utils import stable_hash

T = TypeVar("T")

VALIDATION_SHARE = 0.1
LEAST_TEXT = 200
"""Characters of a text that counts as one of a split's tenth: a shorter one says little to ask about."""
LARGEST_FOLDER = 0.25
"""Of a language's documents; a larger folder is divided between the splits, and never listed."""


def split_pool(items: Sequence[T], key: str) -> dict[Split, list[T]]:
    """A tenth of the items, at least one of two, is for validation."""
    ordered = sorted(items, key=lambda item: stable_hash("split", key, item))
    chosen = {id(item) for item in ordered[: _count_held(len(items))]}
    return {
        "validation": [item for item in items if id(item) in chosen],
        "train": [item for item in items if id(item) not in chosen],
    }


def split_documents(documents: Sequence[Document]) -> dict[str, Split]:
    """Filename -> split: about a tenth of each language's texts is for validation, folders whole."""
    names: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    for document in documents:
        names.setdefault(document.language, []).append(document.filename)
        if document.type != "source" and len(document.text) >= LEAST_TEXT:
            texts.setdefault(document.language, []).append(document.filename)
    units = _choose_units(names)
    held: set[str] = set()
    for _, own in sorted(texts.items()):
        sizes = Counter(units[name] for name in own)
        for unit in sorted(sizes, key=lambda unit: stable_hash("split", "held out", unit)):
            if sum(sizes[u] for u in sizes if u in held) >= _count_held(len(own)):
                break
            held.add(unit)
    return {name: "validation" if unit in held else "train" for name, unit in units.items()}


def split_code(paths: Sequence[str], documents: Mapping[str, Split]) -> dict[str, Split]:
    """Path -> split; a file that is a document of the workspace as well stays on its side."""
    pool = split_pool([path for path in paths if path not in documents], "file")
    own: dict[str, Split] = {path: split for split, part in pool.items() for path in part}
    return {path: documents.get(path) or own[path] for path in paths}


def name_folder(filename: str) -> str:
    """The topmost folder with its slash; empty for a file beside no other folder."""
    folder, slash, _ = filename.partition("/")
    return folder + slash if slash else ""


def list_folders(split_of: Mapping[str, Split], split: Split) -> list[str]:
    """The folders all whose documents belong to this split."""
    mixed = {name_folder(name) for name, other in split_of.items() if other != split}
    return sorted({name_folder(name) for name in split_of} - mixed - {""})


def _choose_units(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Filename -> what goes to one side with it: its folder, or where that is large it alone."""
    large = {
        folder
        for own in names.values()
        for folder, size in Counter(map(name_folder, own)).items()
        if size > max(1, LARGEST_FOLDER * len(own))
    }
    return {
        name: name_folder(name) if name_folder(name) and name_folder(name) not in large else name
        for own in names.values()
        for name in own
    }


def _count_held(count: int) -> int:
    return math.ceil(count * VALIDATION_SHARE) if count > 1 else 0
