"""The tools: real results, the contract's errors, never an exception."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.command import DATA
from episodes.indexing.store import build_index, make_doc_id
from episodes.toolsets.base import ToolBox
from episodes.toolsets.log_store import COLUMNS, LogStore
from episodes.toolsets.observations import ObsTools
from episodes.toolsets.repository import RepoTools
from episodes.toolsets.workspace import WorkspaceTools
from toolworlds.records.base import Json
from utils import UserError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
NAMES = ["query", "top_k", "doc_id", "title", "section", "text", "max_length", "path", "start_line", "limit"]
TRAVEL = make_doc_id("policies/travel_expenses.md")


@given(
    arguments=st.dictionaries(st.sampled_from([*NAMES, "start", "group_by", "odd"]), JSON, max_size=4),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_no_call_raises(tools: ToolBox, arguments: dict[str, Json], data: st.DataObject) -> None:
    """Whatever the arguments are, a call gives a result."""
    name = data.draw(st.sampled_from([*tools.tools, "nothing.such"]))
    assert isinstance(tools.execute(name, arguments), dict)


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("workspace.search", {}, {"error": "Missing required argument: query", "documents": []}),
        (
            "workspace.get_doc",
            {"title": "X"},
            {"error": "Document not found: X", "doc_id": None, "title": "X"},
        ),
        ("workspace.summarize", {"doc_id": "X"}, {"error": "Document not found: X"}),
        ("workspace.summarize", {"max_length": 99}, {"error": "Missing required argument: doc_id or text"}),
        ("repo.read_file", {"path": "../up"}, {"error": "File not found: ../up", "path": "../up"}),
        ("obs.trace", {"trace_id": "no"}, {"error": "Trace not found: no", "events": []}),
    ],
)
def test_refusals_are_the_contracts(
    tools: ToolBox, name: str, arguments: dict[str, Json], result: dict[str, Json]
) -> None:
    """Errors carry what the contract says."""
    assert tools.execute(name, arguments) == result


def test_unknown_tools_and_arguments_are_named(tools: ToolBox) -> None:
    """The caller learns what there is."""
    assert tools.execute("workspace.find", {})["available_tools"] == list(tools.tools)
    assert tools.execute("workspace.search", {"q": "x"})["error"] == "Unknown argument: q"
    assert "from 1 to 20" in tools.execute("workspace.search", {"query": "x", "top_k": 0})["error"]


def test_search_finds_the_section_and_its_place(tools: ToolBox) -> None:
    """The best hit is the right section; its text is the document's own between the two positions."""
    found = tools.execute("workspace.search", {"query": "daily allowance", "top_k": 3})
    hit = found["documents"][0]
    assert (hit["doc_id"], hit["section"], found["total"]) == (
        TRAVEL,
        "Daily Allowance",
        len(found["documents"]),
    )
    text = (DATA / "workspace" / hit["filename"]).read_text()
    assert text[hit["start_char"] : hit["end_char"]] == hit["text"]
    assert text.split("\n")[hit["position"] - 1].startswith(hit["text"][:20])


def test_search_below_the_floor_finds_nothing(tools: ToolBox) -> None:
    """A word in common does not make a hit."""
    assert (
        tools.execute("workspace.search", {"query": "submarine unicorn breeding station"})["documents"] == []
    )


def test_documents_are_found_by_title_in_any_case(tools: ToolBox) -> None:
    """Title, file name and stem name a document; a section is given alone."""
    for title in ("travel and expenses POLICY", "travel_expenses", "travel_expenses.md"):
        assert tools.execute("workspace.get_doc", {"title": title})["doc_id"] == TRAVEL
    section = tools.execute("workspace.get_doc", {"doc_id": TRAVEL, "section": "hotels"})
    assert section["text"].startswith("A hotel night") and section["length"] == len(section["text"])
    missing = tools.execute("workspace.get_doc", {"doc_id": TRAVEL, "section": "Boats"})
    assert "Hotels" in missing["sections"]


@pytest.mark.parametrize("limit", [80, 150, 300])
def test_summaries_are_whole_sentences_within_the_limit(tools: ToolBox, limit: int) -> None:
    """Every sentence of a summary stands in the document."""
    summary = tools.execute("workspace.summarize", {"doc_id": TRAVEL, "max_length": limit})["summary"]
    text = (DATA / "workspace" / "policies" / "travel_expenses.md").read_text()
    assert 0 < len(summary) <= limit
    assert all(part in text for part in summary.split(". "))


def test_lists_count_beyond_the_limit(tools: ToolBox) -> None:
    """`total` tells of all."""
    found = tools.execute("workspace.list_docs", {"prefix": "policies/", "limit": 2})
    assert (len(found["documents"]), found["total"]) == (2, 6)
    assert tools.execute("workspace.list_docs", {})["total"] >= 60


def test_the_repository_answers(tools: ToolBox) -> None:
    """Search, log and blame agree about a changed line."""
    match = tools.execute("repo.search", {"query": "PAUSE_SECONDS ="})["matches"][0]
    place = {"path": match["path"], "start_line": match["line"], "end_line": match["line"]}
    blamed = tools.execute("repo.blame", place)["lines"][0]
    latest = tools.execute("repo.log", {"path": match["path"], "limit": 1})["commits"][0]
    assert blamed["commit"] == latest["commit"] and blamed["text"] == match["text"]
    assert tools.execute("repo.read_file", place)["text"] == match["text"]
    assert match["path"] in tools.execute("repo.list", {"prefix": "harbour/"})["files"]


def test_queries_are_never_options_of_git(tools: ToolBox) -> None:
    """A query or path that looks like an option is only looked for."""
    assert tools.execute("repo.search", {"query": "--open-files-in-pager=touch x"})["total"] == 0
    assert "not found" in tools.execute("repo.log", {"path": "--output=x"})["error"]


def test_counts_groups_and_events_agree(tools: ToolBox) -> None:
    """The groups of a window sum to its count; the drill-down shows the same number."""
    window = {"level": "ERROR", "start": "2026-05-07T12:00", "end": "2026-05-07T18:00"}
    count = tools.execute("obs.count", window)["count"]
    groups = tools.execute("obs.aggregate", {"group_by": "message", **window, "limit": 50})
    assert count == sum(group["count"] for group in groups["groups"]) == groups["total"] > 0
    events = tools.execute("obs.drilldown", {**window, "limit": 3})
    assert events["total"] == count
    trace = tools.execute("obs.trace", {"trace_id": events["events"][0]["trace_id"]})
    assert events["events"][0] in trace["events"]


@pytest.mark.parametrize(
    "window",
    [
        {"start": "2026-05-07", "end": "2026-05-06"},
        {"start": "2031-01-01"},
        {"end": "1999-01-01"},
        {"start": "noon"},
    ],
)
def test_wrong_windows_are_refused(tools: ToolBox, window: dict[str, str]) -> None:
    """A window that cannot hold an event is a mistake, not a count of nothing."""
    assert "ime" in tools.execute("obs.count", window)["error"]


def test_what_is_no_checkout_or_store_is_a_clear_error(tmp_path: Path) -> None:
    """One line that names the flag."""
    with pytest.raises(UserError, match="--repo_dir"):
        RepoTools(tmp_path)
    with pytest.raises(UserError, match="--log_store"):
        LogStore(tmp_path / "none.sqlite")
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    with pytest.raises(UserError, match="table `events`"):
        LogStore(tmp_path / "empty.sqlite")
    with pytest.raises(UserError, match="holds no index"):
        WorkspaceTools(tmp_path)


def write_parquet(path: Path, columns: dict[str, list[Json] | list[datetime]]) -> Path:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table(columns), path, row_group_size=1000)
    return path


@pytest.mark.parametrize("zone", ["text", None, UTC])
def test_a_parquet_store_answers_as_its_sqlite_twin(
    samples: tuple[Path, Path], tmp_path: Path, zone: str | tzinfo | None
) -> None:
    """The same events give the same results, whether times are text or timestamps."""
    with closing(sqlite3.connect(samples[1])) as database:
        rows = list(database.execute(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY rowid"))
    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    if not isinstance(zone, str):
        columns["ts"] = [datetime.fromisoformat(time).replace(tzinfo=zone) for time in columns["ts"]]
    own = ObsTools(LogStore(write_parquet(tmp_path / "events.parquet", columns)))
    twin = ObsTools(LogStore(samples[1]))
    window: dict[str, Json] = {"start": "2026-05-07T12:00", "end": "2026-05-07T18:00"}
    for name, arguments in (
        ("obs.count", window),
        ("obs.aggregate", {"group_by": "hour", **window}),
        ("obs.aggregate", {"group_by": "message", "level": "ERROR", "limit": 50}),
        ("obs.drilldown", {"contains": "disk full", **window}),
        ("obs.trace", {"trace_id": rows[0][3]}),
        ("obs.count", {"start": "2031-01-01"}),
    ):
        assert own.execute(name, arguments) == twin.execute(name, arguments)


def test_what_is_no_parquet_store_is_a_clear_error(tmp_path: Path) -> None:
    """Another file by that name, or one without the columns."""
    (tmp_path / "text.parquet").write_text("no table")
    for path in (tmp_path / "text.parquet", write_parquet(tmp_path / "other.parquet", {"ts": ["x"]})):
        with pytest.raises(UserError, match=r"--log_store .*parquet"):
            LogStore(path)


def test_a_workspace_of_one_document_can_be_searched(tmp_path: Path) -> None:
    """The floor follows the workspace's own words, however few there are."""
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "a.txt").write_text("Cranes are greased every month. Lamps are not.\n")
    build_index(tmp_path / "w", tmp_path / "i")
    tools = WorkspaceTools(tmp_path / "i")
    assert tools.execute("workspace.search", {"query": "cranes"})["total"] == 1
    assert tools.execute("workspace.search", {"query": "boats"})["total"] == 0
