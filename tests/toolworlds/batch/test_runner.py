import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from toolworlds.batch.ledger import Ledger
from toolworlds.batch.options import StageParser, add_common_flags, read_options
from toolworlds.batch.run_folder import RunFolder
from toolworlds.batch.runner import Job, run_items
from toolworlds.batch.summary import Summary
from toolworlds.errors import UserError
from toolworlds.files import list_stems, read_json, write_json
from toolworlds.records.completions import ProviderError, ReplyError

Fate = Callable[[str], str]


def make_job(folder: Path, *argv: str, **fields: Any) -> Job:
    parser = StageParser("some.run", "")
    add_common_flags(parser)
    options = read_options(parser.parse_args(["--concurrency", "3", *argv]))
    return Job("some_stage", "things", folder, options, calls_per_item=2.5, **fields)


def keep(item_id: str) -> str:
    return "kept"


def run(job: Job, count: int = 6, fate: Fate = keep) -> tuple[Summary, list[str]]:
    """Runs `count` items that save a file unless their fate is an exception."""
    told: list[str] = []

    async def tell_story(item_id: str) -> str:
        told.append(item_id)
        verdict = fate(item_id)
        write_json(job.output_dir / f"{item_id}.json", verdict)
        return verdict

    items = [f"item_{n}" for n in range(count)]
    summary = asyncio.run(run_items(job, items, list_stems(job.output_dir), tell_story, Ledger()))
    return summary, told


def raising(**by_item: Exception) -> Fate:
    def fate(item_id: str) -> str:
        if item_id in by_item:
            raise by_item[item_id]
        return "kept"

    return fate


def test_a_second_run_finds_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line says what is done; no story is told twice."""
    run(make_job(tmp_path))
    summary, told = run(make_job(tmp_path))
    assert (told, summary.exit_code) == ([], 0)
    assert capsys.readouterr().out.splitlines() == [
        "6 things: 0 done, 6 to do",
        "things: 6 kept",
        "6 things: 6 done, 0 to do",
        "things: nothing left to do",
    ]


def test_a_bad_item_is_data_and_the_others_go_on(tmp_path: Path) -> None:
    """Item errors and bugs become failures with kind, message and the raw reply."""
    fate = raising(item_1=ReplyError("no use", raw="{"), item_2=KeyError("lost"))
    summary, told = run(make_job(tmp_path), fate=fate)
    failures = RunFolder(tmp_path).failures()
    assert len(told) == 6
    assert (summary.verdicts, summary.failed, summary.exit_code) == ({"kept": 4}, {"reply": 1, "bug": 1}, 1)
    assert (failures["item_1"].kind, failures["item_1"].raw) == ("reply", "{")
    assert failures["item_2"].message == "KeyError: 'lost'"


def test_failed_items_are_tried_again_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain re-run says that they failed, and its exit code stays 1."""
    run(make_job(tmp_path), fate=raising(item_1=ReplyError("no use")))
    summary, told = run(make_job(tmp_path))
    assert (told, summary.exit_code) == ([], 1)
    assert "1 failed before (--retry-failed tries them again), 0 to do" in capsys.readouterr().out
    summary, told = run(make_job(tmp_path, "--retry-failed"))
    assert (told, summary.exit_code) == (["item_1"], 0)


def test_what_was_not_served_stays_owed(tmp_path: Path) -> None:
    """A provider error is no verdict: any re-run asks again."""
    summary, _ = run(make_job(tmp_path), fate=raising(item_1=ProviderError("503")))
    assert (summary.unserved, summary.failed, summary.exit_code) == (1, {}, 1)
    assert "1 not served, still owed" in summary.describe_end()
    summary, told = run(make_job(tmp_path))
    assert (told, summary.exit_code) == (["item_1"], 0)


def test_an_outage_ends_the_run(tmp_path: Path) -> None:
    """Twenty items in a row without a server, or two rounds of the pool, and the rest is not tried."""
    told: list[str] = []

    def nobody(item_id: str) -> str:
        told.append(item_id)
        raise ProviderError("connection refused")

    with pytest.raises(UserError, match=r"20 things in a row .*connection refused.*stays owed"):
        run(make_job(tmp_path), count=100, fate=nobody)
    assert len(told) < 25
    assert run(make_job(tmp_path), count=100)[0].exit_code == 0


def test_a_shaky_server_is_no_outage(tmp_path: Path) -> None:
    """One served item in between begins the count anew."""
    unserved = {f"item_{n}": ProviderError("503") for n in range(100) if n % 15}
    assert run(make_job(tmp_path), count=100, fate=raising(**unserved))[0].unserved == len(unserved)


def test_a_broken_world_ends_the_run(tmp_path: Path) -> None:
    """A UserError passes through as itself."""
    with pytest.raises(UserError, match="disk is full"):
        run(make_job(tmp_path), fate=raising(item_1=UserError("the disk is full")))


def test_flags_that_open_no_model_claim_no_folder(tmp_path: Path) -> None:
    """Once they are mended, the next run may be another one; a folder with work in it keeps its own."""

    def refuse(item_id: str) -> str:
        raise UserError("no such model")

    with pytest.raises(UserError, match="no such model"):
        run(make_job(tmp_path, "--model", "wrong"), fate=refuse)
    run(make_job(tmp_path), count=1)
    with pytest.raises(UserError, match="no such model"):
        run(make_job(tmp_path), fate=refuse)
    with pytest.raises(UserError, match="model: 'procedural' then"):
        run(make_job(tmp_path, "--model", "wrong"))


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the plan and the likely number of calls."""
    summary, told = run(make_job(tmp_path / "new", "--dry-run"))
    assert (told, summary.exit_code) == ([], 0)
    assert "about 15 model calls" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()


def test_shards_cover_everything_once(tmp_path: Path) -> None:
    """Together the shards tell each story, none twice."""
    told = [item for i in (1, 2, 3) for item in run(make_job(tmp_path, "--shard", f"{i}/3"), count=40)[1]]
    assert sorted(told) == sorted(f"item_{n}" for n in range(40))


def test_a_limit_counts_what_is_owed(tmp_path: Path) -> None:
    """What is done already does not use it up."""
    run(make_job(tmp_path, "--limit", "2"))
    summary, told = run(make_job(tmp_path, "--limit", "2"))
    assert (len(told), summary.done_before, summary.items) == (2, 2, 6)


def test_a_generating_stage_without_a_release_fails(tmp_path: Path) -> None:
    """Verdicts alone do not make exit code 0 where nothing can go on."""
    assert run(make_job(tmp_path, count_released=lambda: 0))[0].exit_code == 1
    assert run(make_job(tmp_path, count_released=lambda: 2))[0].exit_code == 0


def test_the_summary_is_kept_with_the_survey(tmp_path: Path) -> None:
    """Survey facts stand at the top level of summary.json."""
    run(make_job(tmp_path, survey=lambda: {"solved": 3}))
    summary = read_json(tmp_path / "_run" / "summary.json")
    assert (summary["solved"], summary["verdicts"], summary["exit_code"]) == (3, {"kept": 6}, 0)


def test_another_seed_is_refused_before_any_story(tmp_path: Path) -> None:
    """The folder belongs to the configuration that began it."""
    run(make_job(tmp_path), count=1)
    with pytest.raises(UserError, match="seed: 0 then, 1 now"):
        run(make_job(tmp_path, "--seed", "1"))


def test_the_first_interrupt_lets_running_items_finish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No new item begins, what runs is saved, one line says so, the exit code is 130."""
    job = make_job(tmp_path)

    def interrupt(item_id: str) -> str:
        if item_id == "item_0":
            os.kill(os.getpid(), signal.SIGTERM)
        return "kept"

    summary, told = run(job, count=50, fate=interrupt)
    assert summary.exit_code == 130
    assert list_stems(tmp_path) == set(told)
    assert 3 <= len(told) < 50
    assert summary.left == 50 - len(told)
    assert "interrupted: finishing what is running; once more to stop at once" in capsys.readouterr().err


def test_an_interrupt_in_the_last_story_ends_the_chain(tmp_path: Path) -> None:
    """Even where it never waits and nothing is left: whoever runs stages one by one must hear of it."""

    def interrupt(item_id: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "kept"

    before = signal.getsignal(signal.SIGINT)
    summary, _ = run(make_job(tmp_path), count=1, fate=interrupt)
    assert (summary.exit_code, summary.left) == (130, 0)
    assert signal.getsignal(signal.SIGINT) == before


def test_the_second_interrupt_stops_at_once(tmp_path: Path) -> None:
    """A story that would never end is dropped and stays owed."""
    job = make_job(tmp_path)

    async def tell_story(item_id: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(3600)
        return "kept"

    job = replace(job, options=make_job(tmp_path, "--concurrency", "1").options)
    summary = asyncio.run(run_items(job, ["item_0", "item_1"], set(), tell_story, Ledger()))
    assert (summary.exit_code, summary.left) == (130, 2)


def test_a_failed_item_was_served(tmp_path: Path) -> None:
    """A reply of no use comes from a server that answers: the items in a row are counted anew after it."""
    fates: dict[str, Exception] = {
        f"item_{n}": ProviderError("503") if n % 15 else ReplyError("no use") for n in range(100)
    }
    summary, told = run(make_job(tmp_path), count=100, fate=raising(**fates))
    assert (len(told), summary.failed) == (100, {"reply": 7})


@pytest.mark.parametrize("first", ["kept", "failed", "asked"])
def test_a_folder_with_anything_in_it_keeps_its_identity(tmp_path: Path, first: str) -> None:
    """A verdict, a failure or a model's answer was come by under these flags: other flags are refused."""
    ledger = Ledger()

    async def tell_story(item_id: str) -> str:
        if item_id == "item_1":
            raise UserError("the disk is full")
        if first == "failed":
            raise ReplyError("no use")
        if first == "asked":
            ledger.of("judge.eval").calls += 1
            raise ProviderError("503")
        return "kept"

    job = make_job(tmp_path, "--concurrency", "1")
    with pytest.raises(UserError, match="disk is full"):
        asyncio.run(run_items(job, ["item_0", "item_1"], set(), tell_story, ledger))
    with pytest.raises(UserError, match="model: 'procedural' then"):
        run(make_job(tmp_path, "--model", "other"))
