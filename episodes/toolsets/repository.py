"""`repo.*`: search, read, list, log and blame over the last commit of a local git checkout."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from episodes.toolsets.base import Argument, Arguments, Result, ToolError, Toolset, ToolSpec
from episodes.toolsets.git import Git

PATH = Argument("path", "string", "a file, from the root of the repository", required=True)
START = Argument("start_line", "integer", "first line (default 1)", minimum=1)
END = Argument("end_line", "integer", "last line", minimum=1)
SEARCH = ToolSpec(
    "repo.search",
    "Find lines of code that hold a text.",
    (
        Argument("query", "string", "the text, whatever its case", required=True),
        Argument("prefix", "string", "only paths that begin so"),
        Argument("limit", "integer", "how many lines at most (default 10)", minimum=1, maximum=50),
    ),
    empty={"matches": []},
)
READ_FILE = ToolSpec("repo.read_file", "Read a file, or some of its lines.", (PATH, START, END))
LIST = ToolSpec(
    "repo.list",
    "List the files of the repository.",
    (
        Argument("prefix", "string", "only paths that begin so"),
        Argument("limit", "integer", "how many at most (default 50)", minimum=1, maximum=200),
    ),
)
LOG = ToolSpec(
    "repo.log",
    "List commits, newest first.",
    (
        Argument("path", "string", "only commits that touched this file"),
        Argument("limit", "integer", "how many at most (default 5)", minimum=1, maximum=50),
    ),
)
BLAME = ToolSpec("repo.blame", "Say who changed some lines of a file last.", (PATH, START, END))
MAX_LINES = 120
"""Lines that one reading gives at most."""
SPECS = (SEARCH, READ_FILE, LIST, LOG, BLAME)


class RepoTools(Toolset):
    """The tools over one checkout; results follow from its last commit alone."""

    def __init__(self, repo_dir: Path) -> None:
        tools = (self.search, self.read_file, self.list_files, self.log, self.blame)
        super().__init__(list(zip(SPECS, tools, strict=True)))
        self.git = Git(repo_dir)
        self.grep = lru_cache(maxsize=2048)(self.git.grep)
        self.read = lru_cache(maxsize=256)(self.git.read)
        self.read_log = lru_cache(maxsize=512)(self.git.log)
        self.read_blame = lru_cache(maxsize=512)(self.git.blame)

    @cached_property
    def blobs(self) -> dict[str, str]:
        """Path -> blob of all files of the commit."""
        return self.git.list_files()

    @property
    def paths(self) -> list[str]:
        """All files of the commit."""
        return list(self.blobs)

    def read_many(self, paths: Sequence[str]) -> list[str]:
        """Texts of files of the commit."""
        return self.git.read_many([self.blobs[path] for path in paths])

    def search(self, arguments: Arguments) -> Result:
        """Matching lines by path; `total` counts all that match, beyond the limit too."""
        prefix = arguments.get("prefix", "")
        found = [row for row in self.grep(arguments["query"]) if row[0].startswith(prefix)]
        shown = found[: arguments.get("limit", 10)]
        return {
            "matches": [{"path": path, "line": line, "text": text.strip()} for path, line, text in shown],
            "total": len(found),
        }

    def read_file(self, arguments: Arguments) -> Result:
        """Lines of a file, at most MAX_LINES."""
        path, lines, start, end = self._range(arguments)
        return {
            "path": path,
            "start_line": start,
            "end_line": end,
            "total_lines": len(lines),
            "text": "\n".join(lines[start - 1 : end]),
        }

    def list_files(self, arguments: Arguments) -> Result:
        """Paths; `total` counts all that match, beyond the limit too."""
        found = [path for path in self.blobs if path.startswith(arguments.get("prefix", ""))]
        return {"files": found[: arguments.get("limit", 50)], "total": len(found)}

    def log(self, arguments: Arguments) -> Result:
        """Commits of the repository or of one file."""
        path = arguments.get("path")
        if path is not None:
            self._require(path)
        commits = self.read_log(path)
        shown = commits[: arguments.get("limit", 5)]
        keys = ("commit", "author", "date", "subject")
        return {"commits": [dict(zip(keys, row, strict=True)) for row in shown], "total": len(commits)}

    def blame(self, arguments: Arguments) -> Result:
        """Runs of lines that one commit changed last."""
        path, lines, start, end = self._range(arguments)
        runs: list[dict[str, str | int]] = []
        for number, (commit, author, subject) in enumerate(self.read_blame(path, start, end), start):
            if runs and runs[-1]["commit"] == commit:
                runs[-1]["end_line"] = number
                continue
            run = {"commit": commit, "author": author, "subject": subject, "text": lines[number - 1].strip()}
            runs.append({"start_line": number, "end_line": number, **run})
        return {"path": path, "lines": runs}

    def _require(self, path: str) -> str:
        if path not in self.blobs:
            raise ToolError(f"File not found: {path}", path=path)
        return path

    def _range(self, arguments: Arguments) -> tuple[str, list[str], int, int]:
        path = self._require(arguments["path"])
        lines = self.read(path).split("\n")
        if lines[-1] == "":
            lines.pop()
        start = arguments.get("start_line", 1)
        end = min(arguments.get("end_line", len(lines)), len(lines), start + MAX_LINES - 1)
        if start > len(lines) or end < start:
            raise ToolError(
                f"No such lines: {start} to {arguments.get('end_line', 'end')} of {len(lines)}", path=path
            )
        return path, lines, start, end
