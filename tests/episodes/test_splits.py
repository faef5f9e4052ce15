"""What is held out for validation: whole folders, files of code, a stretch of the logs."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from episodes.indexing.store import Document, make_doc_id
from episodes.splits import LEAST_TEXT, list_folders, name_folder, split_code, split_documents
from episodes.windows import TimeWindow, hold_out, list_windows, split_moment, split_window

FOLDERS = st.sampled_from(["", "a/", "b/", "c/", "d/", "e/deep/", "f/"])
LANGUAGES = st.sampled_from(["en", "de", "neutral"])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))


def make_document(filename: str, language: str, length: int = LEAST_TEXT) -> Document:
    return Document(make_doc_id(filename), filename, filename, "markdown", language, "x" * length)


@st.composite
def workspaces(draw: st.DrawFn) -> list[Document]:
    facts = draw(st.lists(st.tuples(FOLDERS, LANGUAGES, st.integers(0, 400)), max_size=40))
    return [make_document(f"{f}{n}.md", lang, size) for n, (f, lang, size) in enumerate(facts)]


@given(documents=workspaces())
def test_each_document_has_one_side(documents: list[Document]) -> None:
    """All are divided; of two texts of a language one is held out and, unless folders forbid, one is not."""
    splits = split_documents(documents)
    assert set(splits) == {document.filename for document in documents}
    assert splits == split_documents(documents[::-1])
    for language in ("en", "de", "neutral"):
        texts = [d for d in documents if d.language == language and len(d.text) >= LEAST_TEXT]
        if len(texts) > 1:
            assert "validation" in {splits[text.filename] for text in texts}


@given(documents=workspaces())
def test_a_folder_that_is_listed_is_of_one_side(documents: list[Document]) -> None:
    """No folder is listed for both sides, and all that a listed folder holds belongs to its side."""
    splits = split_documents(documents)
    listed = {split: list_folders(splits, split) for split in ("train", "validation")}
    assert not set(listed["train"]) & set(listed["validation"])
    for split, folders in listed.items():
        assert all(splits[name] == split for name in splits if name_folder(name) in folders)


def test_a_large_folder_is_divided() -> None:
    """A flat workspace, or one of a single folder, has both sides, but nothing to list."""
    for folder in ("", "all/"):
        splits = split_documents([make_document(f"{folder}{n}.md", "en") for n in range(30)])
        assert list(splits.values()).count("validation") == 3
        assert list_folders(splits, "train") == list_folders(splits, "validation") == []


def test_code_that_is_a_document_stays_on_its_side() -> None:
    """Where the checkout is the workspace, too, a file is never on both sides."""
    paths = [f"src/{n}.py" for n in range(20)]
    splits = split_code(paths, {"src/0.py": "validation", "src/1.py": "train"})
    assert (splits["src/0.py"], splits["src/1.py"]) == ("validation", "train")
    assert {"train", "validation"} == {splits[path] for path in paths[2:]}


@given(first=MOMENTS, hours=st.integers(2, 24 * 40), seconds=st.integers(0, 3599))
def test_a_stretch_of_the_logs_is_held_out(first: datetime, hours: int, seconds: int) -> None:
    """However long the logs are, it has whole hours, and windows of one side never touch the other's."""
    last = first + timedelta(hours=hours, seconds=seconds)
    begin, end = first.isoformat(timespec="seconds"), last.isoformat(timespec="seconds")
    held = hold_out(begin, end)
    assert begin[:10] <= held.start < held.end and held.start <= end
    sides: dict[str | None, list[TimeWindow]] = {"train": [], "validation": [], None: []}
    for window in list_windows(begin, end):
        sides[split_window(held, window)].append(window)
    assert all(held.start <= w.start and w.end <= held.end for w in sides["validation"])
    assert not [w for w in sides["train"] if w.start < held.end and held.start < w.end]


def test_a_moment_belongs_to_the_stretch_that_begins_with_it() -> None:
    """Seconds within count as within; the end does not."""
    held = TimeWindow("2026-05-09T00:00", "2026-05-10T00:00")
    inside = ("2026-05-09T00:00:00", "2026-05-09T23:59:59")
    outside = ("2026-05-08T23:59:59", "2026-05-10T00:00:00")
    assert {split_moment(held, time) for time in inside} == {"validation"}
    assert {split_moment(held, time) for time in outside} == {"train"}


def test_logs_of_an_hour_are_not_divided() -> None:
    """There is nothing to hold out of a single hour."""
    held = hold_out("2026-05-09T10:03:00", "2026-05-09T10:40:00")
    assert split_window(held, TimeWindow("2026-05-09T10:00", "2026-05-09T11:00")) == "train"
