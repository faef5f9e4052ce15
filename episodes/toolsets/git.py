"""Git, read-only: a fixed set of commands on the last commit of one checkout."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from episodes.toolsets.base import ToolError
from utils import UserError

SECONDS = 20
QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PATH": os.environ.get("PATH", os.defpath),
}
"""The whole environment: no configuration of the user's takes part in a result."""
SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=false")


class Git:
    """Asks one repository; a commit is always `HEAD` as it was when opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.head = self.run("rev-parse", "--verify", "HEAD^{commit}").strip()
        except (ToolError, OSError) as error:
            raise UserError(f"--repo_dir {folder} is no git checkout with a commit: {error}") from error

    def run(self, command: str, *arguments: str, empty_code: int = 0) -> str:
        """Standard output; `empty_code` is an exit code that means no result. Raises ToolError otherwise."""
        return self._run(command, *arguments, empty_code=empty_code).decode(errors="replace")

    def _run(self, command: str, *arguments: str, empty_code: int = 0, stdin: bytes = b"") -> bytes:
        line = ["git", "--no-pager", "-C", str(self.folder), *SAFE, command, *arguments]
        done = subprocess.run(line, env=QUIET, capture_output=True, timeout=SECONDS, input=stdin)
        if done.returncode not in (0, empty_code):
            reason = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ").split("\n")[0]
            raise ToolError(f"git {command} failed: {reason}".replace(str(self.folder), "the repository"))
        return done.stdout

    def list_files(self) -> dict[str, str]:
        """Path -> blob of all files of the commit, links and submodules left out."""
        rows = self.run("ls-tree", "-r", "-z", self.head).split("\0")
        files = (row.split("\t", 1) for row in rows if row.startswith(("100644 blob", "100755 blob")))
        return {path: facts.split()[2] for facts, path in files}

    def read(self, path: str) -> str:
        """A file's text."""
        return self.run("cat-file", "blob", f"{self.head}:{path}")

    def read_many(self, blobs: Sequence[str]) -> list[str]:
        """The texts of several blobs, asked for at once."""
        answer = self._run("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        texts, place = [], 0
        for _ in blobs:
            start = answer.index(b"\n", place) + 1
            place = start + int(answer[place:start].split()[-1])
            texts.append(answer[start:place].decode(errors="replace"))
            place += 1
        return texts

    def grep(self, query: str) -> list[tuple[str, int, str]]:
        """(path, line number, line) of all lines that hold the words, whatever their case."""
        options = ("-n", "-z", "-I", "-i", "-F", "--no-textconv", "--full-name", "-e", query, self.head)
        found = self.run("grep", *options, empty_code=1)
        rows = (line.split("\0", 2) for line in found.split("\n") if line)
        return [(row[0].split(":", 1)[1], int(row[1]), row[2]) for row in rows if len(row) == 3]

    def log(self, path: str | None) -> list[tuple[str, str, str, str]]:
        """(commit, author, date, subject), newest first; of one path, or of all."""
        form = "--format=%h%x00%an%x00%ad%x00%s"
        options = [
            form,
            "--abbrev=10",
            "--date=format:%Y-%m-%d",
            "--no-show-signature",
            "-n",
            "500",
            self.head,
        ]
        rows = self.run("log", *options, "--", *([f":(literal){path}"] if path else []))
        return [(row[0], row[1], row[2], row[3]) for row in (r.split("\0") for r in rows.splitlines())]

    def blame(self, path: str, start: int, end: int) -> list[tuple[str, str, str]]:
        """(commit, author, subject) of each line in the range."""
        options = ("--no-textconv", "--abbrev=9", "--porcelain", f"-L{start},{end}", self.head, "--", path)
        return _read_porcelain(self.run("blame", *options))


def _read_porcelain(text: str) -> list[tuple[str, str, str]]:
    known: dict[str, dict[str, str]] = {}
    rows: list[tuple[str, str, str]] = []
    commit = ""
    for line in text.split("\n"):
        if line.startswith("\t"):
            facts = known[commit]
            rows.append((commit[:10], facts["author"], facts["summary"]))
        elif len(word := line.split(" ", 1)[0]) == 40:
            commit = word
            known.setdefault(commit, {})
        elif commit and " " in line:
            key, value = line.split(" ", 1)
            known[commit][key] = value
    return rows
