"""Stores of the corpus memory beside that in process: Qdrant in local mode, and mem0 when asked for by name.

Qdrant and the embedding model run in this process and open no connection; mem0 is a network service, at
MEM0_HOST if that is set.
"""

import importlib
import importlib.util
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx

from conversations.embedding import Embed, find_embedder, name_embedder
from conversations.generation.memory import SketchStore, TextStore
from utils import UserError

Backend = Literal["auto", "in_process", "qdrant", "mem0"]
BACKENDS: tuple[Backend, ...] = ("auto", "in_process", "qdrant", "mem0")
CAPACITY = 2_000
"""Texts that a vector store keeps, the latest ones: each search looks at all of them."""


class QdrantStore:
    """Qdrant in memory: the closeness of a text is the cosine of its nearest neighbour."""

    def __init__(self, embed: Embed) -> None:
        qdrant = importlib.import_module("qdrant_client")
        self._models = qdrant.models
        self._client = qdrant.QdrantClient(":memory:")
        self._embed = embed
        self._count = 0
        size = len(embed("size"))
        vectors = self._models.VectorParams(size=size, distance=self._models.Distance.COSINE)
        self._client.create_collection("corpus", vectors_config=vectors)

    def add(self, text: str) -> None:
        """Remembers a text in place of the oldest one when there are many."""
        point = self._models.PointStruct(
            id=self._count % CAPACITY, vector=list(self._embed(text)), payload={}
        )
        self._client.upsert("corpus", [point])
        self._count += 1

    def closeness(self, text: str) -> float:
        """The cosine to the nearest text, 0 to 1."""
        if not self._count:
            return 0.0
        found = self._client.query_points("corpus", query=list(self._embed(text)), limit=1).points
        return round(min(1.0, max(0.0, found[0].score)), 6) if found else 0.0


class Mem0Store:
    """mem0: the closeness of a text is the score of the best memory found for it.

    Each store is a user of its own there, so that it begins empty and a run that is resumed plans the same.
    """

    def __init__(self, client: Any, corpus: str) -> None:
        self._client = client
        self._corpus = f"toolworlds-{corpus}-{secrets.token_hex(4)}"
        self._errors = importlib.import_module("mem0.exceptions").MemoryError

    def add(self, text: str) -> None:
        """Sends a text as it is; nothing is to be inferred from it."""
        with self._explain():
            self._client.add(text, user_id=self._corpus, infer=False)

    def closeness(self, text: str) -> float:
        """The best score, 0 to 1."""
        with self._explain():
            found = self._client.search(text, filters={"user_id": self._corpus}, top_k=1).get("results", [])
        return min(1.0, max(0.0, float(found[0].get("score") or 0))) if found else 0.0

    @contextmanager
    def _explain(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise UserError(
                f"mem0 failed: {error}; run the same command again, or use --corpus-memory in_process"
            ) from error


def settle_backend(wanted: Backend) -> Backend:
    """The backend that `auto` stands for on this machine: Qdrant if it and an embedding model are here."""
    if wanted != "auto":
        return wanted
    here = importlib.util.find_spec("qdrant_client") is not None
    return "qdrant" if here and find_embedder() is not None else "in_process"


def open_store(backend: Backend, corpus: str) -> TextStore:
    """A store of this kind, empty; `corpus` names it where others are kept beside it. Raises UserError."""
    if backend == "qdrant":
        return QdrantStore(_load_embedder())
    if backend == "mem0":
        return Mem0Store(_open_mem0(), corpus)
    return SketchStore()


def _load_embedder() -> Embed:
    for name in ("qdrant_client", "sentence_transformers"):
        if importlib.util.find_spec(name) is None:
            raise UserError(f"--corpus-memory qdrant needs {name}; pip install '.[memory]'")
    embed = find_embedder()
    if embed is None:
        raise UserError(
            f"the embedding model {name_embedder()!r} is not on this machine and is not downloaded; "
            "set TOOLWORLDS_EMBEDDER to a folder that holds one, or use --corpus-memory in_process"
        )
    return embed


def _open_mem0() -> Any:
    if importlib.util.find_spec("mem0") is None:
        raise UserError("--corpus-memory mem0 needs mem0ai; pip install '.[mem0]'")
    if not os.environ.get("MEM0_API_KEY"):
        raise UserError("--corpus-memory mem0 needs the service's key in MEM0_API_KEY; set it")
    os.environ.setdefault("MEM0_TELEMETRY", "False")
    logging.getLogger("mem0").setLevel(logging.CRITICAL)  # what it reports is raised as well
    host = os.environ.get("MEM0_HOST")
    try:
        return importlib.import_module("mem0").MemoryClient(host=host)
    except (ValueError, httpx.HTTPError) as error:
        where = host or "its service"
        raise UserError(
            f"mem0 cannot be used at {where}: {error}; check MEM0_API_KEY and MEM0_HOST"
        ) from error
