"""From a file's bytes to readable text: one function a kind."""

import csv
import html.parser
import io
import json
import logging
import re
from collections.abc import Callable, Iterator

from toolworlds.records.base import Json

SOURCE_SUFFIXES = frozenset(
    {".py", ".js", ".ts", ".go", ".rs", ".java", ".c", ".h", ".sql", ".sh", ".toml", ".yml"}
)


class UnreadableError(Exception):
    """The bytes hold no text of their kind; the message is the reason."""


def read_text(suffix: str, data: bytes) -> tuple[str, str]:
    """(kind, text) of a file; raises UnreadableError with the reason."""
    if suffix in SOURCE_SUFFIXES:
        return "source", decode(data)
    kind, read = READERS[suffix]
    try:
        text = _clean(read(data)).strip("\n")  # again: an escape may stand for what no text holds
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"not readable as {kind}: {str(error)[:200]}") from error
    if not text.strip():
        raise UnreadableError("holds no text")
    return kind, text


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else Windows-1252; raises UnreadableError for binary data."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _clean(data.decode("utf-16", errors="replace"))
    if b"\0" in data:
        raise UnreadableError("binary data")
    try:
        return _clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if sum(not (c.isprintable() or c.isspace()) or c == "\ufffd" for c in text) > len(text) / 50:
        raise UnreadableError("binary data")
    return _clean(text)


def _clean(text: str) -> str:
    """Unix line ends; control characters and lone surrogates, which no JSON file should hold, removed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]", " ", text)


def _read_csv(data: bytes) -> str:
    """Each row as one line: `Row 3: supplier = Kranich, lead_time_days = 12.`"""
    text = decode(data)
    try:
        dialect = csv.Sniffer().sniff(text[:4000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise UnreadableError("a table without rows")
    names = [name.strip() for name in rows[0]]
    return "\n\n".join(
        f"Row {number}: "
        + ", ".join(
            f"{name} = {cell.strip()}" for name, cell in zip(names, row, strict=False) if cell.strip()
        )
        + "."
        for number, row in enumerate(rows[1:], start=1)
    )


def _read_json(data: bytes) -> str:
    """Each object or scalar as one line: `sensors[2]: model = T-40, range_km = 12.`"""
    try:
        value = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from error
    return "\n\n".join(_flatten(value, ""))


def _flatten(value: Json, path: str, depth: int = 0) -> Iterator[str]:
    if depth > 40:
        raise UnreadableError("nested more than 40 deep")
    if isinstance(value, dict):
        plain = {k: v for k, v in value.items() if not isinstance(v, dict | list)}
        if plain:
            yield f"{path or 'top'}: " + ", ".join(f"{k} = {v}" for k, v in plain.items()) + "."
        for key, inner in value.items():
            if key not in plain:
                yield from _flatten(inner, f"{path}.{key}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flatten(inner, f"{path}[{number}]", depth + 1)
    else:
        yield f"{path}: {value}."


class _HtmlText(html.parser.HTMLParser):
    """Paragraphs as lines, headings as Markdown headings, list items as bullets; scripts left out."""

    BLOCKS = frozenset({"p", "div", "li", "tr", "br", "section", "h1", "h2", "h3", "h4", "title", "dt", "dd"})
    SILENT = frozenset({"script", "style", "head", "template"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in self.SILENT
        if tag in self.BLOCKS:
            heading = re.fullmatch(r"h([1-4])", tag)
            self.parts.append(
                f"\n\n{'#' * int(heading[1])} " if heading else "\n- " if tag == "li" else "\n\n"
            )

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT and self.silent > 0
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def _read_html(data: bytes) -> str:
    parser = _HtmlText()
    parser.feed(decode(data))
    parser.close()
    lines = [" ".join(line.split()) for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _read_pdf(data: bytes) -> str:
    try:
        import pypdf
    except ImportError as error:
        raise UnreadableError("PDF text needs the extra `episodes` (pypdf)") from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it warns of ends in skipped.jsonl
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    first, _, rest = "\n\n".join(pages).strip().partition("\n")
    heading = len(first) <= 80 and not first.rstrip().endswith((".", ","))
    return _clean(first + ("\n\n" if heading else "\n") + rest)


READERS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    ".md": ("markdown", decode),
    ".markdown": ("markdown", decode),
    ".txt": ("text", decode),
    ".text": ("text", decode),
    ".html": ("html", _read_html),
    ".htm": ("html", _read_html),
    ".csv": ("csv", _read_csv),
    ".json": ("json", _read_json),
    ".pdf": ("pdf", _read_pdf),
}
SUFFIXES = frozenset(READERS) | SOURCE_SUFFIXES
