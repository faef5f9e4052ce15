"""`workspace.*`: search, list, read and summarize the indexed documents."""

import sqlite3
from functools import cached_property, lru_cache
from pathlib import Path

from episodes.indexing.chunks import split_sections
from episodes.indexing.store import Document, load_documents, open_index
from episodes.toolsets.base import Argument, Arguments, Result, ToolError, Toolset, ToolSpec
from episodes.toolsets.ranking import Ranking
from episodes.toolsets.summaries import summarize

TOP_K = Argument("top_k", "integer", "how many hits at most (default 5)", minimum=1, maximum=20)
SEARCH = ToolSpec(
    "workspace.search",
    "Search the documents of the workspace by words.",
    (Argument("query", "string", "what to look for", required=True), TOP_K),
    empty={"documents": []},
)
LIST_DOCS = ToolSpec(
    "workspace.list_docs",
    "List the documents of the workspace.",
    (
        Argument("prefix", "string", "only paths that begin so"),
        Argument("type", "string", "only this kind, e.g. markdown, csv, source"),
        Argument("limit", "integer", "how many at most (default 50)", minimum=1, maximum=200),
    ),
)
GET_DOC = ToolSpec(
    "workspace.get_doc",
    "Read a document, or one section of it.",
    (
        Argument("doc_id", "string", "the document's id"),
        Argument("title", "string", "its title or file name, if the id is not known"),
        Argument("section", "string", "the heading of the only section wanted"),
    ),
    one_of=("doc_id", "title"),
)
SUMMARIZE = ToolSpec(
    "workspace.summarize",
    "Summarize a document or a text in whole sentences taken from it.",
    (
        Argument("doc_id", "string", "the document's id"),
        Argument("text", "string", "a text, instead of a document"),
        Argument("max_length", "integer", "characters at most (default 500)", minimum=80, maximum=2000),
    ),
    one_of=("doc_id", "text"),
)
SPECS = (SEARCH, LIST_DOCS, GET_DOC, SUMMARIZE)


class WorkspaceTools(Toolset):
    """The tools over `workspace_dir` as it was indexed in `index_dir`; no other file is ever read."""

    def __init__(self, index_dir: Path) -> None:
        tools = (self.search, self.list_docs, self.get_doc, self.summarize)
        super().__init__(list(zip(SPECS, tools, strict=True)))
        self.database: sqlite3.Connection = open_index(index_dir)
        self.ranking = Ranking(self.database)

    @cached_property
    def documents(self) -> dict[str, Document]:
        """All documents by id, in the order of their paths."""
        return {document.doc_id: document for document in load_documents(self.database)}

    @cached_property
    def _by_title(self) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for document in self.documents.values():
            stem = Path(document.filename).stem
            for name in (document.title, document.filename, Path(document.filename).name, stem):
                found.setdefault(name.casefold(), document)
        return found

    def search(self, arguments: Arguments) -> Result:
        """The best chunks above the score floor, each with the sentences that match."""
        hits = self.ranking.search(arguments["query"], arguments.get("top_k", 5))
        return {"documents": hits, "total": len(hits)}

    def list_docs(self, arguments: Arguments) -> Result:
        """Documents by path; `total` counts all that match, beyond the limit too."""
        prefix, kind = arguments.get("prefix", ""), arguments.get("type")
        matching = [
            {
                "doc_id": document.doc_id,
                "title": document.title,
                "filename": Path(document.filename).name,
                "path": document.filename,
                "type": document.type,
            }
            for document in self.documents.values()
            if document.filename.startswith(prefix) and kind in (None, document.type)
        ]
        return {"documents": matching[: arguments.get("limit", 50)], "total": len(matching)}

    def get_doc(self, arguments: Arguments) -> Result:
        """The text of a document, or of one of its sections."""
        document = self.find(arguments)
        text, extra = document.text, {}
        if wanted := arguments.get("section"):
            sections = split_sections(document.type, document.text)
            found = [s for s in sections if s.heading.casefold() == wanted.casefold()]
            if not found:
                headings = [s.heading for s in sections if s.heading]
                raise ToolError(
                    f"Section not found: {wanted}",
                    doc_id=document.doc_id,
                    title=document.title,
                    sections=headings,
                )
            text, extra = document.text[found[0].start : found[0].end].strip(), {"section": found[0].heading}
        return {
            "doc_id": document.doc_id,
            "title": document.title,
            "filename": document.filename,
            **extra,
            "text": text,
            "length": len(text),
        }

    def summarize(self, arguments: Arguments) -> Result:
        """Whole sentences of the document or text, the most telling ones in their order."""
        limit = arguments.get("max_length", 500)
        if not arguments.get("doc_id"):
            text = arguments["text"]
            return {"summary": summarize(text, limit), "source": "text", "original_length": len(text)}
        document = self.find({"doc_id": arguments["doc_id"]})
        return {
            "summary": self._summarize_document(document.doc_id, limit),
            "source": "doc_id",
            "doc_id": document.doc_id,
            "title": document.title,
            "filename": document.filename,
            "original_length": len(document.text),
        }

    @lru_cache(maxsize=4096)  # noqa: B019 - one toolset lives as long as the process
    def _summarize_document(self, doc_id: str, limit: int) -> str:
        return summarize(self.documents[doc_id].text, limit)

    def find(self, arguments: Arguments) -> Document:
        """The document with this id or title; raises ToolError in the contract's words."""
        doc_id, title = arguments.get("doc_id"), arguments.get("title")
        found = self.documents.get(doc_id) if doc_id else self._by_title.get(str(title).casefold())
        if found is None:
            details = (
                {} if set(arguments) == {"doc_id"} and title is None else {"doc_id": doc_id, "title": title}
            )
            raise ToolError(f"Document not found: {doc_id or title}", **details)
        return found
