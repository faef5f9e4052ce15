"""Indexing any folder: files are read, or skipped with a reason; nothing outside is touched."""

import json
import os
from pathlib import Path

import pytest

from episodes.indexing import walk
from episodes.indexing.store import build_index, load_documents, open_index
from episodes.indexing.text import UnreadableError, decode, read_text
from episodes.run import main
from episodes.sentences import join_sentences, split_sentences
from utils import UserError


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("The secret word is heron.")
    (folder / "good.md").write_text("# Good\n\nThis one is read well.\n")
    (folder / "empty.txt").write_text("")
    (folder / "blank.txt").write_text(" \n\n")
    (folder / "binary.txt").write_bytes(b"\0\1\2\3" * 100)
    (folder / "latin.txt").write_bytes("Die Straße ist gesperrt worden.".encode("cp1252"))
    (folder / "utf16.txt").write_text("Wide letters are read too.", encoding="utf-16")
    (folder / "movie.mp4").write_bytes(b"x")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "up").symlink_to(tmp_path)
    (folder / "bad.json").write_text("{")
    (folder / "deep.json").write_text("[" * 3000 + "]" * 3000)
    (folder / "surrogate.json").write_text('{"half": "\\ud800 is no letter"}')
    (folder / "field.csv").write_text('a;b\n"' + "x" * 300_000 + '";2\n')
    (folder / "self.md").symlink_to("self.md")
    (folder / "new\nline.txt").write_text("A name with a line break.")
    (folder / "-rf.txt").write_text("A name like an option is fine.")
    (folder / "..%2f..%2fetc.txt").write_text("A name like a path is fine.")
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("No name at all.")
    os.mkfifo(folder / "pipe.txt")
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(50_000_000)
    return folder


def test_each_file_is_indexed_or_skipped_with_a_reason(hostile: Path, tmp_path: Path) -> None:
    """What is odd is named in skipped.jsonl; what is readable is found."""
    figures = build_index(hostile, hostile / "index" / "latest")
    names = [document.filename for document in load_documents(open_index(hostile / "index" / "latest"))]
    assert names == sorted(
        ["-rf.txt", "..%2f..%2fetc.txt", "good.md", "latin.txt", "surrogate.json", "utf16.txt"]
    )
    lines = (hostile / "index" / "latest" / "skipped.jsonl").read_text().splitlines()
    skipped = {entry["path"]: entry["reason"] for entry in map(json.loads, lines)}
    assert len(skipped) == figures["skipped"] == 16
    assert skipped["link.txt"] == skipped["up"] == skipped["sub/loop"] == "symbolic link"
    assert skipped["empty.txt"] == skipped["blank.txt"] == "empty" and skipped["index/latest"] == "an index"
    assert skipped["binary.txt"] == "binary data" and skipped["pipe.txt"] == "not a regular file"
    assert "field larger" in skipped["field.csv"]
    assert "50000000 bytes" in skipped["huge.txt"] and "not JSON" in skipped["bad.json"]


def test_nothing_outside_the_workspace_is_read(hostile: Path, tmp_path: Path) -> None:
    """A linked secret is nowhere in the index."""
    build_index(hostile, tmp_path / "index")
    assert b"heron" not in (tmp_path / "index" / "index.sqlite").read_bytes()


def test_indexing_again_gives_the_same_bytes(hostile: Path, tmp_path: Path) -> None:
    """The index follows from the files; it never indexes itself."""
    first = build_index(hostile, hostile / "index" / "latest")
    assert build_index(hostile, hostile / "index" / "latest") == first


def test_list_items_are_set_off_from_each_other() -> None:
    """Sentences follow each other as they are; items without an end mark are parted."""
    assert join_sentences(["One is here.", "Two is there."]) == "One is here. Two is there."
    assert join_sentences(["first of all items", "Two is there."]) == "first of all items; Two is there."
    assert join_sentences(["One is here.", "last of all items"]) == "One is here. last of all items"
    assert join_sentences([]) == ""


@pytest.mark.slow
def test_ten_thousand_files_make_episodes(hostile: Path, samples: tuple[Path, Path], tmp_path: Path) -> None:
    """Many files among odd ones are indexed in seconds, and every result over them can be had again."""
    for number in range(10_000):
        place = hostile / f"f{number % 100}" / f"d{number}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        parts = [
            f"## Part {part}\n\nStation {number} was checked. Its lamp is new.\n" for part in (1, 2, 3, 4)
        ]
        place.write_text("\n".join([f"# Report {number}\n", *parts]))
    assert build_index(hostile, tmp_path / "index")["documents"] == 10_006
    flags = [
        "--index_dir",
        str(tmp_path / "index"),
        "--repo_dir",
        str(samples[0]),
        "--log_store",
        str(samples[1]),
    ]
    assert main([*flags, "--out", str(tmp_path / "out"), "--n", "300", "--verify-all"]) == 0
    assert "heron" not in (tmp_path / "out" / "train.jsonl").read_text()


@pytest.mark.parametrize(
    ("suffix", "data", "expected"),
    [
        (
            ".csv",
            b"part;stock\nlamp;4\nrope;9\n",
            "Row 1: part = lamp, stock = 4.\n\nRow 2: part = rope, stock = 9.",
        ),
        (".json", b'{"a": 1, "b": [{"c": "x"}]}', "top: a = 1.\n\nb[0]: c = x."),
        (".html", b"<h1>Hi</h1><script>x()</script><p>One <b>two</b>.</p>", "# Hi\n\nOne two."),
    ],
)
def test_kinds_become_text(suffix: str, data: bytes, expected: str) -> None:
    """Tables and objects become lines, HTML becomes paragraphs."""
    assert read_text(suffix, data)[1] == expected


def test_what_holds_no_text_is_unreadable() -> None:
    """Each with its reason."""
    for suffix, data in (
        (".csv", b"a,b\n"),
        (".html", b"<script>1</script>"),
        (".pdf", b"%PDF-x"),
        (".txt", b"\0"),
    ):
        with pytest.raises(UnreadableError):
            read_text(suffix, data)
    assert decode(b"a\x07b\r\nc") == "a b\nc"


def test_a_missing_workspace_is_a_clear_error(tmp_path: Path) -> None:
    """The flag is named."""
    with pytest.raises(UserError, match="--workspace_dir"):
        build_index(tmp_path / "none", tmp_path / "index")
    with pytest.raises(UserError, match="the workspace itself"):
        build_index(tmp_path, tmp_path)
    assert walk.MAX_BYTES < 50_000_000


def test_a_damaged_index_is_a_clear_error(hostile: Path, tmp_path: Path) -> None:
    """The command that makes a new one is named."""
    build_index(hostile, tmp_path / "index")
    (tmp_path / "index" / "index.sqlite").write_bytes(b"SQLite format 3\0 and then nothing")
    with pytest.raises(UserError, match=r"cannot be read: .*episodes index"):
        open_index(tmp_path / "index")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One is here. Two is there!", ["One is here.", "Two is there!"]),
        (
            "See z. B. Halle 2 im Norden. Am 3. März ist frei.",
            ["See z. B. Halle 2 im Norden.", "Am 3. März ist frei."],
        ),
        (
            "# Heading\n\n- first item without stop\n- second one has it.\n",
            ["first item without stop", "second one has it."],
        ),
        ("| a | b |\n```\ncode is no prose.\n```\nA line\nthat wraps on.", ["A line\nthat wraps on."]),
        ("Too short. This one is cut of", ["This one is cut of"][:0]),
    ],
)
def test_sentences_are_whole(text: str, sentences: list[str]) -> None:
    """Abbreviations and ordinals end no sentence; headings, tables and code are none."""
    assert [s.text for s in split_sentences(text)] == sentences
    assert all(text[s.start : s.end].strip() == s.text for s in split_sentences(text))
