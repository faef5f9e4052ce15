"""What requests can be about: topics, terms, rows, files, symbols, times. One pool a language and split."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from episodes.indexing.chunks import split_sections
from episodes.indexing.store import Document
from episodes.sentences import split_sentences
from episodes.splits import list_folders, name_folder, split_code, split_documents
from episodes.terms import find_terms
from episodes.toolsets.observations import ObsTools
from episodes.toolsets.repository import RepoTools
from episodes.toolsets.workspace import WorkspaceTools
from episodes.windows import TimeWindow, hold_out, list_windows, split_moment, split_window
from toolworlds.records.episodes import Language, Split
from utils import stable_hash

ROW = re.compile(r"^(?:Row \d+|[\w.]+\[\d+\]): \w+ = (?![\d.]+,)([^,\n]{2,40}), .+\.$", re.MULTILINE)
CONSTANT = re.compile(r"^\s*([A-Z][A-Z0-9_]{3,})\s*[:=]")
DEFINITION = re.compile(r"^\s*(?:export |pub |async )*(?:def|class|func|fn|function|struct)\s+([^\W_]\w{3,})")
MESSAGE = re.compile(r"""log\w*\.\w+\(["']([^"'{%]{8,60})["']""")
LISTED = 6
"""Documents of a folder that an answer lists."""
MOST_DOCUMENTS = 500
"""Of a language and split, that are asked about; all are searched."""
MOST_OF_ONE = 40
"""Sections, terms or rows that one document contributes."""
MOST_FILES = 400
"""Files of code that are read for symbols."""
MOST_TRACES = 2000


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a document that holds at least two whole sentences."""

    document: Document
    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or two that only few places of the workspace hold."""

    document: Document
    words: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name in the code."""

    path: str
    line: int
    name: str
    kind: str
    """constant, definition or message."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which service logs at which level from which file of code."""

    service: str
    level: str
    path: str


@dataclass(frozen=True, slots=True)
class Logs:
    """What can be asked about the logs."""

    windows: list[TimeWindow] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    """Those that hold an error."""
    origins: list[Origin] = field(default_factory=list)
    """Those whose code belongs to the split."""


@dataclass(slots=True)
class Pool:
    """What one language and split may speak of."""

    language: Language
    split: Split
    documents: list[Document] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    rows: list[Term] = field(default_factory=list)
    listed: list[Document] = field(default_factory=list)
    """Documents at the head of their folders' lists."""
    folders: list[str] = field(default_factory=list)
    """Those all whose documents belong to this split."""
    files: list[str] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)
    logs: Logs = field(default_factory=Logs)


@dataclass(frozen=True, slots=True)
class Sources:
    """All pools, and on which side each document and file of code stands."""

    pools: dict[tuple[Language, Split], Pool]
    splits: dict[str, Split]

    def is_foreign(self, name: str, split: Split) -> bool:
        """Whether a document or file belongs to the other split."""
        return self.splits.get(name, split) != split


def find_sources(workspace: WorkspaceTools, repo: RepoTools, obs: ObsTools) -> Sources:
    """All that can be asked about; nothing of one split occurs in the other's pools."""
    documents = list(workspace.documents.values())
    splits = split_documents(documents)
    listed = find_listed(documents)
    splits |= (code := split_code(repo.paths, splits))
    pools: dict[tuple[Language, Split], Pool] = {}
    for split in ("train", "validation"):
        own = [document for document in documents if splits[document.filename] == split]
        files = [path for path in repo.paths if code[path] == split]
        symbols = find_symbols(repo, files[:MOST_FILES])
        logs = _read_logs(obs, split, set(files))
        for language in ("en", "de"):
            pool = Pool(language, split, files=files, symbols=symbols, logs=logs)
            _add_documents(pool, choose_some([d for d in own if d.language == language]), workspace)
            tables = choose_some([d for d in own if d.language == "neutral"])
            pool.rows = [Term(d, row) for d in tables for row in _find_rows(d)]
            pool.listed = [d for d in own if d.language == language and d.doc_id in listed]
            there = {name_folder(document.filename) for document in pool.listed}
            pool.folders = [folder for folder in list_folders(splits, split) if folder in there]
            pools[language, split] = pool
    return Sources(pools, splits)


def find_listed(documents: Sequence[Document]) -> set[str]:
    """Ids of the documents that stand at the head of their folder's list, where a user can pick one."""
    places: Counter[str] = Counter()
    found = set()
    for document in documents:
        folder = name_folder(document.filename)
        places[folder] += 1
        if folder and places[folder] <= LISTED:
            found.add(document.doc_id)
    return found


def choose_some(documents: Sequence[Document]) -> list[Document]:
    """Enough documents to speak of, the same ones every time, in their order."""
    chosen = sorted(documents, key=lambda d: stable_hash("asked about", d.filename))[:MOST_DOCUMENTS]
    return sorted(chosen, key=lambda d: d.filename)


def _add_documents(pool: Pool, documents: Sequence[Document], workspace: WorkspaceTools) -> None:
    count = partial(workspace.ranking.count_word, column="text")
    pool.documents = list(documents)
    for document in documents:
        if document.type == "source":
            continue
        for section in split_sections(document.type, document.text)[:MOST_OF_ONE]:
            body = split_sentences(document.text[section.start : section.end])
            sentences = tuple(" ".join(s.text.split()) for s in body)
            if section.heading and section.heading != document.title and len(sentences) > 1:
                pool.sections.append(Section(document, section.heading, sentences))
        pool.terms += [Term(document, words) for words in find_terms(document, count)[:MOST_OF_ONE]]


def _find_rows(table: Document) -> list[str]:
    return list(dict.fromkeys(row.strip() for row in ROW.findall(table.text)))[:MOST_OF_ONE]


def find_symbols(repo: RepoTools, paths: Sequence[str]) -> list[Symbol]:
    """Constants, definitions and logged messages, by file and line."""
    return [
        Symbol(path, number, match[1], kind)
        for path, text in zip(paths, repo.read_many(paths), strict=True)
        for number, line in enumerate(text.split("\n"), 1)
        for kind, pattern in (("constant", CONSTANT), ("definition", DEFINITION), ("message", MESSAGE))
        if (match := pattern.search(line))
    ]


def _read_logs(obs: ObsTools, split: Split, files: set[str]) -> Logs:
    store = obs.store
    held = hold_out(store.first, store.last)
    rows = store.fetch("SELECT DISTINCT service, level, file FROM events ORDER BY 1, 2, 3")
    origins = [Origin(*row) for row in rows]
    traces = store.fetch(
        "SELECT trace_id, min(ts), max(ts) FROM events GROUP BY trace_id"
        f" HAVING max(level = 'ERROR') ORDER BY trace_id LIMIT {MOST_TRACES}"
    )
    return Logs(
        windows=[w for w in list_windows(store.first, store.last) if split_window(held, w) == split],
        services=sorted({origin.service for origin in origins}),
        messages=[row[0] for row in store.fetch("SELECT DISTINCT message FROM events ORDER BY message")],
        traces=[t for t, *times in traces if {split_moment(held, time) for time in times} == {split}],
        origins=[origin for origin in origins if origin.path in files],
    )
