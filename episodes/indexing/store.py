"""The index on disk: `index.sqlite` (documents, chunks in FTS5), `index.json` (figures), `skipped.jsonl`.

<index_dir>/
    index.sqlite    documents(doc_id, title, filename, type, language, text), chunks (FTS5), chunk places
    index.json      version, counts, digest of all that was read
    skipped.jsonl   {"path", "reason"} a line
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from episodes.indexing.chunks import find_title, split_chunks
from episodes.indexing.text import SUFFIXES, UnreadableError, read_text
from episodes.indexing.walk import FoundFile, Skipped, walk_folder
from episodes.language import guess_language
from toolworlds.records.base import Json
from utils import UserError, dump_line, explain_os_errors, read_json, write_bytes_atomic, write_json

VERSION = 1
SCHEMA = """
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY, title TEXT, filename TEXT UNIQUE, type TEXT, language TEXT, text TEXT);
CREATE TABLE places (chunk_id INTEGER PRIMARY KEY, doc_id TEXT, heading TEXT, start INTEGER, line INTEGER);
CREATE VIRTUAL TABLE chunks USING fts5(
    title, heading, text, tokenize = "porter unicode61 remove_diacritics 2");
"""


@dataclass(frozen=True, slots=True)
class Document:
    """One indexed file."""

    doc_id: str
    title: str
    filename: str
    """Its path inside the workspace."""
    type: str
    language: str
    """`en`, `de`, or `neutral` for tables and data."""
    text: str


def make_doc_id(path: str) -> str:
    """The id of the file at this path inside its workspace."""
    return hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()[:12]


def build_index(workspace_dir: Path, index_dir: Path) -> dict[str, Json]:
    """Reads the whole workspace and replaces the index; returns what `index.json` holds."""
    if not workspace_dir.is_dir():
        raise UserError(f"--workspace_dir {workspace_dir} is no folder; give one that holds documents")
    if index_dir.resolve() == workspace_dir.resolve():
        raise UserError(
            f"--index_dir {index_dir} is the workspace itself; give a folder below it or elsewhere"
        )
    with explain_os_errors(index_dir):
        index_dir.mkdir(parents=True, exist_ok=True)
    skipped: list[Skipped] = []
    temporary = index_dir / ".index.sqlite.tmp"
    with explain_os_errors(temporary):
        temporary.unlink(missing_ok=True)
        documents = _read_documents(walk_folder(workspace_dir, SUFFIXES), skipped)
        counts, digest = _write_database(temporary, documents)
        temporary.replace(index_dir / "index.sqlite")
    write_bytes_atomic(index_dir / "skipped.jsonl", b"".join(dump_line(asdict(s)) for s in skipped))
    figures = {
        "version": VERSION,
        "documents": counts.total(),
        "by_type": dict(sorted(counts.items())),
        "skipped": len(skipped),
        "digest": digest,
    }
    write_json(index_dir / "index.json", figures)
    return figures


def _read_documents(found: Iterable[FoundFile | Skipped], skipped: list[Skipped]) -> Iterator[Document]:
    for file in found:
        if isinstance(file, Skipped):
            skipped.append(file)
            continue
        try:
            kind, text = read_text(PurePosixPath(file.path).suffix.lower(), file.data)
        except UnreadableError as error:
            skipped.append(Skipped(file.path, str(error)))
            continue
        title = find_title(file.path, kind, text)
        language = "neutral" if kind in ("csv", "json") else guess_language(text)
        yield Document(make_doc_id(file.path), title, file.path, kind, language, text)


def _write_database(path: Path, documents: Iterable[Document]) -> tuple[Counter[str], str]:
    counts: Counter[str] = Counter()
    digest = hashlib.sha256()
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + SCHEMA)
        for document in documents:
            _insert(database, document)
            counts[document.type] += 1
            digest.update(f"{document.filename}\0{document.text}\0".encode())
        database.commit()
    return counts, digest.hexdigest()


def _insert(database: sqlite3.Connection, document: Document) -> None:
    database.execute("INSERT INTO documents VALUES (?,?,?,?,?,?)", tuple(asdict(document).values()))
    line, counted = 1, 0
    for chunk in split_chunks(document.type, document.text):
        line, counted = line + document.text.count("\n", counted, chunk.start), chunk.start
        place = database.execute(
            "INSERT INTO places (doc_id, heading, start, line) VALUES (?,?,?,?)",
            (document.doc_id, chunk.heading, chunk.start, line),
        )
        database.execute(
            "INSERT INTO chunks (rowid, title, heading, text) VALUES (?,?,?,?)",
            (place.lastrowid, document.title, chunk.heading, document.text[chunk.start : chunk.end]),
        )


def open_index(index_dir: Path) -> sqlite3.Connection:
    """The index, read-only; raises UserError when it is missing or of another version."""
    path = index_dir / "index.sqlite"
    again = f"run `python -m episodes index --workspace_dir W --index_dir {index_dir}`"
    if not path.is_file():
        raise UserError(f"--index_dir {index_dir} holds no index; {again}")
    if (version := read_json(index_dir / "index.json").get("version")) != VERSION:
        raise UserError(f"the index in {index_dir} has version {version}, not {VERSION}; {again}")
    database = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    try:
        database.execute(
            "SELECT d.text, p.line, c.text FROM documents d, places p, chunks c LIMIT 1"
        ).fetchone()
    except sqlite3.DatabaseError as error:
        raise UserError(f"the index in {index_dir} cannot be read: {error}; {again}") from error
    return database


def load_documents(database: sqlite3.Connection) -> list[Document]:
    """All documents by filename."""
    rows = database.execute(
        "SELECT doc_id, title, filename, type, language, text FROM documents ORDER BY filename"
    )
    return [Document(*row) for row in rows]
