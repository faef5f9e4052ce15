"""What requests can be about: topics, terms, rows, files, symbols, times. One pool a language and split."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from episode_generation.indexing.chunks import split_sections
from episode_generation.indexing.store import Document
from episode_generation.language import content_words
from episode_generation.phrasing import split_pool
from episode_generation.sentences import split_sentences
from episode_generation.toolsets.observations import ObsTools
from episode_generation.toolsets.repository import RepoTools
from episode_generation.toolsets.workspace import WorkspaceTools
from records.episodes import Language, Split

NOUN_PHRASE = re.compile(
    r"\b(?:[Tt]he|[Aa]n?|of|per|[Ee]ach|[Ee]very) (?!only|same|first|next|last|other|least)"
    r"((?:[a-z][a-z-]{3,} )?[a-z][a-z-]{4,})"
    r"(?=[.,;:)]| (?:is|are|and|or|of|was|were|may|must|has|have|can|will)\b)"
)
GERMAN_NOUN = re.compile(r"(?<=[a-zäöüß,] )([A-ZÄÖÜ][a-zäöüß]{4,})\b")
WEAK_TEXT = """
nobody nothing everything something someone anyone minutes hours years weeks months while about
third kilometre word Stunde Stunden Woche Wochen Monat Monats Monate Monaten Jahre Jahren Tagen
Minuten Sekunden Prozent Meter Millimeter Zentimeter Kilogramm Person Personen Januar Februar April
August September Oktober November Dezember Montag Dienstag Mittwoch Donnerstag Freitag Anfang Teile
"""
WEAK = frozenset(WEAK_TEXT.split())
"""Words that make no subject of their own."""
ROW = re.compile(r"^(?:Row \d+|[\w.\[\]]+): \w+ = ([^,]{2,40}), .+\.$", re.MULTILINE)
CONSTANT = re.compile(r"^\s*([A-Z][A-Z0-9_]{3,})\s*[:=]")
DEFINITION = re.compile(r"^\s*(?:export |pub |async )*(?:def|class|func|fn|function|struct)\s+(\w{4,})")
MESSAGE = re.compile(r"""log\w*\.\w+\(["']([^"'{%]{8,60})["']""")


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
class Window:
    """A stretch of time within the logs."""

    start: str
    end: str


@dataclass(slots=True)
class Pool:
    """What one language and split may speak of."""

    language: Language
    split: Split
    documents: list[Document] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    rows: list[Term] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)


Pools = dict[tuple[Language, Split], Pool]


def make_pools(workspace: WorkspaceTools, repo: RepoTools | None, obs: ObsTools | None) -> Pools:
    """All pools; documents, files and days of one split never occur in the other's."""
    pools: Pools = {}
    counts = Counter(w for d in workspace.documents.values() for w in set(content_words(d.text)))
    documents = list(workspace.documents.values())
    files = split_pool(repo.paths, "file") if repo else {}
    for language in ("en", "de"):
        own = split_pool([d for d in documents if d.language == language], f"document {language}")
        tables = split_pool([d for d in documents if d.language == "neutral"], "table")
        for split in ("train", "validation"):
            pool = Pool(language, split)
            _add_documents(pool, own[split], counts)
            pool.rows = [Term(d, row) for d in tables[split] for row in dict.fromkeys(ROW.findall(d.text))]
            pool.prefixes = sorted({d.filename.split("/")[0] + "/" for d in own[split] if "/" in d.filename})
            if repo:
                _add_code(pool, repo, files[split])
            if obs:
                _add_logs(pool, obs)
            pools[language, split] = pool
    return pools


def _add_documents(pool: Pool, documents: list[Document], counts: Counter[str]) -> None:
    pool.documents = documents
    for document in documents:
        if document.type == "source":
            continue
        for section in split_sections(document.type, document.text):
            body = split_sentences(document.text[section.start : section.end])
            sentences = tuple(" ".join(s.text.split()) for s in body)
            if section.heading and section.heading != document.title and len(sentences) > 1:
                pool.sections.append(Section(document, section.heading, sentences))
        rare = (words for words in _find_terms(document) if counts[content_words(words)[-1]] <= 2)
        pool.terms += [Term(document, words) for words in rare]


def _find_terms(document: Document) -> list[str]:
    pattern = GERMAN_NOUN if document.language == "de" else NOUN_PHRASE
    found = (m for s in split_sentences(document.text) for m in pattern.findall(s.text))
    return [words for words in dict.fromkeys(found) if content_words(words) and not WEAK & set(words.split())]


def _add_code(pool: Pool, repo: RepoTools, paths: list[str]) -> None:
    pool.files = paths
    for path in paths:
        for number, line in enumerate(repo.read(path).split("\n"), 1):
            for kind, pattern in (("constant", CONSTANT), ("definition", DEFINITION), ("message", MESSAGE)):
                if match := pattern.search(line):
                    pool.symbols.append(Symbol(path, number, match[1], kind))


def _add_logs(pool: Pool, obs: ObsTools) -> None:
    windows = split_pool(list_windows(obs.store.first, obs.store.last), "window")
    pool.windows = windows[pool.split]
    rows = obs.store.fetch("SELECT DISTINCT service FROM events ORDER BY service", [])
    pool.services = [row[0] for row in rows]
    pool.messages = [
        r[0] for r in obs.store.fetch("SELECT DISTINCT message FROM events ORDER BY message", [])
    ]
    traces = "SELECT DISTINCT trace_id FROM events WHERE level = 'ERROR' ORDER BY trace_id LIMIT 2000"
    pool.traces = split_pool([row[0] for row in obs.store.fetch(traces, [])], "trace")[pool.split]


@lru_cache(maxsize=4)
def list_windows(first: str, last: str) -> list[Window]:
    """Whole hours, half days and days between the first and the last event, at most some hundreds."""
    begin = datetime.fromisoformat(first[:13] + ":00:00").replace(hour=0)
    end = datetime.fromisoformat(last[:19])
    days = min((end - begin).days + 1, 60)
    windows = []
    for hours in (1, 2, 3, 4, 6, 12, 24, 48):
        for start in range(0, days * 24 - hours + 1, max(1, hours // 2)):
            at = begin + timedelta(hours=start)
            if at + timedelta(hours=hours) <= end + timedelta(hours=1):
                windows.append(Window(_write_time(at), _write_time(at + timedelta(hours=hours))))
    return windows


def _write_time(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
