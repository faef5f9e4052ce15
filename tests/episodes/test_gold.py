"""The gold set: complete, reproduced by the tools, and the generator's specification."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from episodes.command import DATA
from episodes.fill_gold import fill_episode
from episodes.gold import (
    ANSWER_BLANK,
    RESULT_BLANK,
    blank_slots,
    check_plans,
    find_drift,
    load_gold,
)
from episodes.indexing.store import build_index
from episodes.patterns import PLANS
from episodes.run import main
from episodes.toolsets.base import ToolBox
from episodes.toolsets.log_store import LogStore
from episodes.toolsets.observations import ObsTools
from episodes.toolsets.repository import RepoTools
from episodes.toolsets.workspace import WorkspaceTools
from toolworlds.language.phrases import fill, list_places
from toolworlds.records.base import Json
from utils import UserError

BLANK = DATA / "gold" / "gold_toolcalls.jsonl"
FILLED = DATA / "gold" / "gold_toolcalls.filled.jsonl"


def test_every_plan_has_gold_in_both_languages() -> None:
    """At least 80 entries; each plan in English and German; ids of their own."""
    gold = load_gold(BLANK)
    shown = Counter((e.meta.plan, e.meta.language) for e in gold.episodes)
    assert len(gold.episodes) >= 80
    assert set(shown) == {(plan, language) for plan in PLANS for language in ("en", "de")}
    assert len({e.episode_id for e in gold.episodes}) == len(gold.episodes)
    assert 0.35 <= sum(e.meta.language == "de" for e in gold.episodes) / len(gold.episodes) <= 0.5


def test_the_filled_gold_is_what_the_tools_give(tools: ToolBox) -> None:
    """Filling again gives the same file; nothing is left blank."""
    blank, filled = load_gold(BLANK), load_gold(FILLED)
    assert [fill_episode(e, blank.calls, tools) for e in blank.episodes] == filled.episodes
    assert RESULT_BLANK not in FILLED.read_text() and ANSWER_BLANK not in FILLED.read_text()
    drift = find_drift(filled, tools)
    assert drift.checked > 80 and not drift.differing and not drift.foreign


def change(tmp_path: Path, old: str, new: str, path: Path = FILLED) -> Path:
    text = path.read_text()
    assert old in text
    changed = tmp_path / "gold.jsonl"
    changed.write_text(text.replace(old, new, 1))
    return changed


def test_drift_is_a_clear_error(
    tools: ToolBox, tmp_path: Path, index_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result that the tools no longer give stops the run and names the entry."""
    gold = change(tmp_path, "130 euros in Germany", "131 euros in Germany")
    assert find_drift(load_gold(gold), tools).differing == ["GOLD-WS-001 workspace.search"]
    out = tmp_path / "out"
    assert main(["--index_dir", str(index_dir), "--gold", str(gold), "--out", str(out), "--n", "10"]) == 2
    error = capsys.readouterr().err
    assert "GOLD-WS-001" in error and "fill-gold" in error and not out.exists()


def test_drift_of_most_entries_is_an_error_too(
    tools: ToolBox, samples: tuple[Path, Path], tmp_path: Path
) -> None:
    """A workspace that was edited throughout is not taken for another one; a foreign one is."""
    edited, foreign = tmp_path / "edited", tmp_path / "foreign"
    shutil.copytree(DATA / "workspace", edited, ignore=shutil.ignore_patterns("index"))
    for file in edited.rglob("*.md"):
        file.write_text(file.read_text().replace("euro", "crown") + "\nThis line is new.\n")
    foreign.mkdir()
    (foreign / "note.md").write_text("# Note\n\nCranes are greased monthly. Ole does it himself.\n")
    drifts = []
    for folder in (edited, foreign):
        build_index(folder, tmp_path / "index" / folder.name)
        own = WorkspaceTools(tmp_path / "index" / folder.name)
        box = ToolBox(own, RepoTools(samples[0]), ObsTools(LogStore(samples[1])))
        drifts.append(find_drift(load_gold(FILLED), box))
    assert len(drifts[0].differing) > drifts[0].checked / 3 and not drifts[0].foreign
    assert drifts[1].foreign == ["workspace"] and not drifts[1].differing


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</myPT_toolcall>", "</toolcall>", "2 ways"),
        ('"plan": "SEARCH_ANSWER/topic"', '"plan": "SEARCH_ANSWER/other"', "unknown plan"),
        ('"category": "workspace"', '"category": "repo"', "belongs to"),
        ('"language": "en"', '"language": "fr"', "language"),
        ('{\\"name\\":\\"workspace.search\\"', '{\\"name\\":\\"workspace.find\\"', "calls workspace.search"),
        ('"topic": "hotels"', '"topic": "motels"', "motels"),
        ('"role": "toolresult"', '"role": "tool"', "role"),
    ],
)
def test_a_wrong_entry_is_a_clear_error(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The file or entry is named, and what is wrong with it."""
    with pytest.raises(UserError, match=said):
        load_gold(change(tmp_path, old, new, BLANK))


def test_a_plan_without_gold_is_refused(tmp_path: Path) -> None:
    """The generator makes only what the gold set shows."""
    lines = [line for line in BLANK.read_text().splitlines() if "LOGS_TO_CODE" not in line]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines))
    with pytest.raises(UserError, match="LOGS_TO_CODE"):
        check_plans(load_gold(tmp_path / "gold.jsonl"), ["LOGS_TO_CODE/top_message"])


def test_an_entry_whose_calls_fail_is_refused(tools: ToolBox, tmp_path: Path) -> None:
    """A gold call must show what it is meant to show."""
    gold = load_gold(change(tmp_path, '\\"query\\":\\"rollback\\"', '\\"query\\":\\"\\"', BLANK))
    broken = next(e for e in gold.episodes if '"query":""' in e.messages[1].content)
    with pytest.raises(UserError, match=broken.episode_id):
        fill_episode(broken, gold.calls, tools)


def test_slots_become_templates() -> None:
    """The slots' words are replaced, longest first; marks of the text are plain, so filled it is itself."""
    slots: dict[str, str] = {"title": "Leave Policy", "topic": "leave"}
    text = "Is {leave} in the Leave Policy [a|x] <b?"
    template = blank_slots(text, slots)
    assert list_places(template) == {"topic", "title"}
    assert fill(template, slots) == text


def read(path: Path) -> list[dict[str, Json]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_gold_requests_are_used_as_wordings(index_dir: Path, tmp_path: Path) -> None:
    """Some generated requests are worded as a gold entry's."""
    flags = ["--index_dir", str(index_dir), "--out", str(tmp_path), "--n", "150", "--jobs", "1"]
    assert main([*flags, "--mix", "SEARCH_ANSWER=1"]) == 0
    assert any(row["meta"]["template"].startswith("GOLD-WS-") for row in read(tmp_path / "train.jsonl"))
