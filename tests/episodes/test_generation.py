"""Runs: shares, diversity, splits, determinism, refusals, as a user would see them."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from episodes.command import DATA
from episodes.generation import Batch, make_batches, settle_attempts
from episodes.index import main as index_main
from episodes.output import write_run
from episodes.patterns import PLANS
from episodes.render import main as render_main
from episodes.results import RESULT_CHARS, Results
from episodes.rows import RowWriter
from episodes.run import main
from episodes.schedule import ScheduledEpisode, share_out
from episodes.workshop import EpisodeSettings, Workshop
from tests.episodes.local_tokenizers import make_chat_tokenizer
from toolworlds.records.base import Json
from toolworlds.records.episodes import Episode
from utils import UserError

ROWS = RowWriter(None, DATA / "tags" / "default.json", [])


@pytest.fixture(scope="module")
def workshop(make_settings: Callable[..., EpisodeSettings]) -> Workshop:
    return Workshop(make_settings())


@pytest.fixture(scope="module")
def episodes(workshop: Workshop) -> list[Episode]:
    attempts = settle_attempts(workshop)
    results = Results(RESULT_CHARS)
    return [workshop.make(number, attempt, results)[0] for number, attempt in enumerate(attempts)]


def command(out: Path, settings: EpisodeSettings, *more: str) -> list[str]:
    places = ["--index_dir", str(settings.index_dir), "--repo_dir", str(settings.repo_dir)]
    return [*places, "--log_store", str(settings.log_store), "--out", str(out), *more]


def read_rows(path: Path) -> list[dict[str, Json]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_shares_are_met(episodes: list[Episode]) -> None:
    """60 % one call, 10 % several, 30 % none; 60 % English; a tenth for validation."""
    calls = Counter(min(2, sum(m.role == "toolresult" for m in e.messages)) for e in episodes)
    assert [calls[kind] / len(episodes) for kind in (1, 2, 0)] == pytest.approx([0.6, 0.1, 0.3], abs=0.01)
    assert sum(e.meta.language == "en" for e in episodes) / len(episodes) == pytest.approx(0.6, abs=0.02)
    assert sum(e.meta.split == "validation" for e in episodes) / len(episodes) == pytest.approx(0.1, abs=0.02)
    assert sum(plan.share for plan in PLANS.values()) == pytest.approx(1)


def test_each_episode_passes_all_checks_again(workshop: Workshop, episodes: list[Episode]) -> None:
    """All results are the tools' own."""
    for episode in episodes:
        assert workshop.checker.check(episode, rerun=True) == []


def test_requests_differ(episodes: list[Episode]) -> None:
    """Among some hundreds hardly one is there twice: one drawn again may meet another's wording."""
    assert len({e.messages[0].content for e in episodes}) >= 0.99 * len(episodes)


def test_splits_share_no_template_and_no_source(workshop: Workshop, episodes: list[Episode]) -> None:
    """No file that an answer cites, no wording and no message of a user stands on both sides."""
    pools = workshop.sources.pools
    for language in ("en", "de"):
        for name in ("documents", "files", "folders"):
            train, held = (set(map(str, getattr(pools[language, s], name))) for s in ("train", "validation"))
            assert train and held and not train & held
    sides: dict[str, set[str]] = {"train": set(), "validation": set()}
    for episode in episodes:
        sides[episode.meta.split].update([*episode.meta.documents, episode.meta.template])
        sides[episode.meta.split].update(m.content for m in episode.messages if m.role == "user")
    assert sides["train"] and sides["validation"] and not sides["train"] & sides["validation"]


def test_no_stretch_of_the_logs_is_asked_about_on_both_sides(
    workshop: Workshop, episodes: list[Episode]
) -> None:
    """All windows of calls end before, or begin after, those of the other side."""
    asked: dict[str, set[tuple[str, str]]] = {"train": set(), "validation": set()}
    for episode in episodes:
        for message in episode.messages:
            if '"start":"' in message.content and message.role == "assistant":
                arguments = workshop.calls.read(message.content)[1]
                asked[episode.meta.split].add((arguments["start"], arguments["end"]))
    assert asked["train"] and asked["validation"]
    for start, end in asked["train"]:
        assert not [window for window in asked["validation"] if start < window[1] and window[0] < end]


def test_mistaken_calls_are_not_trained(episodes: list[Episode]) -> None:
    """Where an argument is missing, the call has no loss, what follows has."""
    wrong = [e for e in episodes if e.meta.plan.startswith("ERROR_RECOVERY/no_")]
    assert wrong
    for episode in wrong:
        assert [m.loss for m in episode.messages if m.role == "assistant"][:2] == [False, True]


def test_several_processes_make_the_same_bytes(make_settings: Callable[..., EpisodeSettings]) -> None:
    """Batches do not depend on who made them."""
    settings = make_settings(count=420, verify_all=False)
    workshop = Workshop(settings)
    attempts = settle_attempts(workshop)
    runs = [[b.lines for b in make_batches(workshop, attempts, (0, 1), jobs, ROWS)] for jobs in (1, 2)]
    assert runs[0] == runs[1]


def test_hash_seeds_do_not_matter_and_shards_join(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path
) -> None:
    """The same bytes under another PYTHONHASHSEED; two shards hold together what one run holds."""
    settings = make_settings()
    for seed in ("1", "77"):
        flags = command(tmp_path / seed, settings, "--n", "90", "--jobs", "1")
        line = [sys.executable, "scripts/generate_sft_tool_episodes.py", *flags]
        subprocess.run(line, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    for name in ("train.jsonl", "validation.jsonl", "summary.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "77" / name).read_bytes()
    for shard in ("1/2", "2/2"):
        assert main(command(tmp_path / "s", settings, "--n", "90", "--shard", shard)) == 0
    joined = [r for i in (1, 2) for r in read_rows(tmp_path / "s" / f"train.{i}-of-2.jsonl")]
    assert sorted(joined, key=lambda row: str(row["episode_id"])) == read_rows(tmp_path / "1" / "train.jsonl")


def test_long_results_are_cut_and_kept(make_settings: Callable[..., EpisodeSettings], tmp_path: Path) -> None:
    """A cut result says so, how long it was, and where the full one stands."""
    more = ("--n", "60", "--max-result-chars", "1200", "--verify-all", "--jobs", "1")
    assert main(command(tmp_path, make_settings(), *more)) == 0
    kept = {row["result_id"]: row for row in read_rows(tmp_path / "full_results.jsonl")}
    rows = read_rows(tmp_path / "train.jsonl") + read_rows(tmp_path / "validation.jsonl")
    shown = [json.loads(m["content"]) for row in rows for m in row["messages"] if m["role"] == "toolresult"]
    cut = [result for result in shown if result.get("truncated")]
    assert cut and {result["full_result"] for result in cut} == set(kept)
    for result in cut:
        full = json.dumps(kept[result["full_result"]]["result"], ensure_ascii=False, separators=(",", ":"))
        assert len(full) == result["full_length"] > 1200


def test_rows_with_ids_are_shown(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--tokenizer adds ids and mask; render shows what they train."""
    tokenizer = str(make_chat_tokenizer(tmp_path, "chatml"))
    flags = ("--n", "30", "--tokenizer", tokenizer, "--jobs", "1")
    assert main(command(tmp_path / "out", make_settings(), *flags)) == 0
    row = read_rows(tmp_path / "out" / "train.jsonl")[0]
    assert len(row["input_ids"]) == len(row["loss_mask"]) and set(row["loss_mask"]) == {0, 1}
    page = tmp_path / "page.html"
    shown = ["--input", str(tmp_path / "out" / "train.jsonl"), "--tokenizer", tokenizer, "--n", "2"]
    assert render_main([*shown, "--html", str(page)]) == render_main(shown) == 0
    assert page.read_text().count('class="trained"') >= 2 and "\033[2m" in capsys.readouterr().out
    assert render_main([*shown, "--html"]) == 0
    assert capsys.readouterr().out == page.read_text()
    assert main(command(tmp_path / "out", make_settings(), "--n", "30", "--jobs", "1")) == 0
    capsys.readouterr()
    assert render_main([*shown, "--html"]) == 0
    assert capsys.readouterr().out == page.read_text()  # encoded now, as it was then


def test_what_holds_no_episodes_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another JSONL file is refused in one line."""
    (tmp_path / "other.jsonl").write_text('{"result_id":"x"}\n')
    assert render_main(["--input", str(tmp_path / "other.jsonl")]) == 2
    assert "no episodes" in capsys.readouterr().err


def test_whoever_stops_reading_sees_no_traceback(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path
) -> None:
    """`| head` ends the output, not the run."""
    flags = command(tmp_path / "out", make_settings(), "--n", "30", "--jobs", "1")
    line = [sys.executable, "-m", "episodes", "generate", *flags]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0 and (tmp_path / "out" / "train.jsonl").exists()


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_behind(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path
) -> None:
    """Run again after SIGKILL it gives the same bytes as one that was never killed."""
    flags = {name: command(tmp_path / name, make_settings(), "--n", "4500") for name in ("killed", "whole")}
    line = [sys.executable, "-m", "episodes", "generate", *flags["killed"]]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    while not list((tmp_path / "killed").glob(".train*")):
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not (tmp_path / "killed" / "train.jsonl").exists()
    for own in flags.values():
        assert main(own) == 0
    for name in ("train.jsonl", "validation.jsonl", "full_results.jsonl", "summary.json"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not list((tmp_path / "killed").glob(".*"))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--mix", "SEARCH=1"], "none of"),
        (["--mix", "NO_TOOL=0"], "above 0"),
        (["--languages", "fr=1"], "none of en, de"),
        (["--pack"], "--pack needs --tokenizer"),
        (["--tags", "/none.json"], "/none.json"),
        (["--shard", "3/2"], "not i/N"),
        (["--n", "0"], "at least 1"),
        (["--min-unique-ratio", "2"], "from 0 to 1"),
    ],
)
def test_wrong_flags_are_one_line(
    flags: list[str],
    said: str,
    make_settings: Callable[..., EpisodeSettings],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2 and a plain line; nothing is written."""
    assert main(command(tmp_path / "out", make_settings(), *flags)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and said in error
    assert not (tmp_path / "out").exists()


def test_too_few_different_requests_fail_the_run(tmp_path: Path) -> None:
    """The run says so and leaves no file."""
    batch = Batch(requests={b"one"})
    batch.lines["train"] = [b"{}\n", b"{}\n"]
    assert write_run(tmp_path / "half", [batch], (0, 1), 0.5)["unique_request_ratio"] == 0.5
    with pytest.raises(UserError, match="--min-unique-ratio"):
        write_run(tmp_path / "out", [batch], (0, 1), 0.8)
    assert not list((tmp_path / "out").glob("*"))


def test_any_folder_works(make_settings: Callable[..., EpisodeSettings], tmp_path: Path) -> None:
    """A folder of one's own, small and English only: what cannot be asked about it is left out."""
    (tmp_path / "w").mkdir()
    text = "# Note\n\n## Cranes\n\nCranes are greased monthly. Ole does it himself.\n"
    (tmp_path / "w" / "note.md").write_text(text)
    assert index_main(["--workspace_dir", str(tmp_path / "w")]) == 0
    settings = make_settings(index_dir=tmp_path / "w" / "index" / "latest")
    assert main(command(tmp_path / "out", settings, "--n", "60", "--jobs", "1", "--verify-all")) == 0
    assert len(read_rows(tmp_path / "out" / "train.jsonl")) > 40


def test_documents_that_hold_special_tokens_are_never_shown(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path
) -> None:
    """A text on chat formats would open and close turns; episodes that would show it are drawn again."""
    (tmp_path / "w").mkdir()
    for name, mark in (("formats", "<|im_start|>user"), ("cranes", "a hook"), ("ropes", "a knot")):
        text = (
            f"# About {name}\n\n## Marks of {name}\n\nA turn begins with {mark} here. It ends soon after.\n"
        )
        (tmp_path / "w" / f"{name}.md").write_text(text)
    assert index_main(["--workspace_dir", str(tmp_path / "w")]) == 0
    settings = make_settings(index_dir=tmp_path / "w" / "index" / "latest")
    tokenizer = str(make_chat_tokenizer(tmp_path, "chatml"))
    flags = command(tmp_path / "out", settings, "--n", "60", "--jobs", "1", "--tokenizer", tokenizer)
    assert main(flags) == 0
    assert not [
        row for row in read_rows(tmp_path / "out" / "train.jsonl") if "im_start" in str(row["messages"])
    ]


def test_shares_in_whole_numbers_sum_up() -> None:
    """The largest rests get what is left."""
    assert share_out(10, {"a": 1.0, "b": 1.0, "c": 1.0}) in (
        {"a": 4, "b": 3, "c": 3},
        {"a": 3, "b": 4, "c": 3},
    )
    assert sum(share_out(7, {"x": 0.2, "y": 0.8}).values()) == 7
    assert ScheduledEpisode("p", "en", "train") == ScheduledEpisode("p", "en", "train")
