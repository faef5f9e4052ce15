"""The stores of the corpus memory with the packages they are made for: a sentence-transformers model that is
written here with random weights, and mem0's own client before a service on loopback.
"""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations.embedding import find_embedder
from conversations.generation.memory_stores import Mem0Store, QdrantStore, open_store, settle_backend
from conversations.generation.run import main
from tests.conversations.generation.corpus import build_artifacts
from tests.conversations.generation.memory_service import KEY, MemoryService
from utils import UserError, read_json

pytestmark = pytest.mark.slow
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def needs(*packages: str) -> pytest.MarkDecorator:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


needs_memory = needs("qdrant_client", "sentence_transformers")
needs_mem0 = needs("mem0")


def write_embedder(folder: Path) -> None:
    """A sentence-transformers model of one small layer, whose tokens are letters; its weights are chance."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    bare = folder / "bert"
    bare.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    (bare / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(bare / "vocab.txt")).save_pretrained(bare)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(words), initializer_range=0.5, **size)).save_pretrained(bare)
    SentenceTransformer(str(bare), device="cpu").save(str(folder / "embedder"))


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_embedder(folder)
    return folder / "embedder"


@pytest.fixture
def with_embedder(embedder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model lies on this machine."""
    monkeypatch.setenv("TOOLWORLDS_EMBEDDER", str(embedder))
    find_embedder.cache_clear()
    yield
    find_embedder.cache_clear()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MemoryService]:
    monkeypatch.setenv("MEM0_DIR", str(tmp_path / "mem0"))
    with MemoryService() as running:
        monkeypatch.setenv("MEM0_HOST", running.url)
        monkeypatch.setenv("MEM0_API_KEY", KEY)
        yield running


def generate(output: Path, backend: str, count: int = 6, *flags: str) -> int:
    given = ["--n", str(count), "--artifacts", str(build_artifacts()), "--corpus-memory", backend]
    return main([*given, "--output", str(output), *flags])


@needs_memory
@pytest.mark.usefixtures("with_embedder")
def test_a_sentence_model_tells_what_is_alike() -> None:
    """The same text is closest, another one less close, an empty store knows nothing."""
    store = open_store(settle_backend("auto"), "c")
    assert isinstance(store, QdrantStore)
    text = "stay_finder::search_hotels | Travel | parallel"
    assert store.closeness(text) == 0
    store.add(text)
    assert store.closeness(text) > 0.999 > store.closeness("bank::pay | Finance | sequential")


@needs_memory
@pytest.mark.usefixtures("with_embedder")
def test_qdrant_is_chosen_where_a_model_lies_and_plans_are_the_same_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At once, grown, and by name: equal bytes."""
    assert generate(tmp_path / "a.jsonl", "auto", 12) == 0
    assert "corpus memory: qdrant" in capsys.readouterr().out
    assert generate(tmp_path / "b.jsonl", "qdrant", 5) == generate(tmp_path / "b.jsonl", "qdrant", 12) == 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert generate(tmp_path / "b.jsonl", "in_process", 12) == 2  # another memory would plan otherwise


@needs_memory
def test_the_spread_of_openings_is_measured_by_a_model(embedder: Path, tmp_path: Path) -> None:
    """In a process of its own, as a user runs it; without the model the figure is left out."""
    assert generate(tmp_path / "c.jsonl", "in_process") == 0
    for model, measured in ((embedder, True), (tmp_path / "nowhere", False)):
        command = [sys.executable, "-m", "conversations", "metrics", "--input", str(tmp_path / "c.jsonl")]
        output = tmp_path / f"{measured}.json"
        environment = {"TOOLWORLDS_EMBEDDER": str(model), "PATH": "/usr/bin:/bin"}
        ran = subprocess.run(
            [*command, "--output", str(output)], env=environment, capture_output=True, text=True
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert (read_json(output)["embedding_spread"] is not None) is measured


@needs_mem0
def test_mem0s_client_tells_what_is_alike(service: MemoryService) -> None:
    """Texts go as they are to a user of this store alone, and the best score comes back."""
    store, other = open_store("mem0", "c"), open_store("mem0", "c")
    assert isinstance(store, Mem0Store)
    assert store.closeness("hotels flights") == 0
    store.add("hotels flights | parallel")
    assert store.closeness("hotels flights | parallel") == 1
    assert store.closeness("hotels recipes") < 0.5
    assert other.closeness("hotels flights | parallel") == 0
    assert [*service.texts.values()] == [["hotels flights | parallel"], []]


@needs_mem0
def test_conversations_are_planned_with_mem0(service: MemoryService, tmp_path: Path) -> None:
    """One text for each; a run that is grown plans as one that was not, whatever lies there from before."""
    assert generate(tmp_path / "a.jsonl", "mem0") == 0
    assert [len(texts) for texts in service.texts.values() if texts] == [6]
    assert generate(tmp_path / "b.jsonl", "mem0", 2) == generate(tmp_path / "b.jsonl", "mem0") == 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


@needs_mem0
@pytest.mark.parametrize("key", ["wrong", KEY])
def test_a_service_that_fails_is_one_line(
    service: MemoryService,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    """Whether it refuses the key or breaks down on the way; what was written is gone on from."""
    monkeypatch.setenv("MEM0_API_KEY", key)
    service.most_texts = 3
    assert generate(tmp_path / "c.jsonl", "mem0") == 2
    error = capsys.readouterr().err
    assert ("invalid key" if key == "wrong" else "out of order") in error and error.count("\n") == 1
    service.most_texts = 100
    monkeypatch.setenv("MEM0_API_KEY", KEY)
    assert generate(tmp_path / "c.jsonl", "mem0") == 0


@needs_mem0
def test_a_service_that_is_not_there_is_said(service: MemoryService, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its address."""
    monkeypatch.setenv("MEM0_HOST", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"mem0 cannot be used at http://127\.0\.0\.1:9"):
        open_store("mem0", "c")
