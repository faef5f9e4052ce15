"""The command as a user runs it: with the embedded model, with worlds, with servers of all kinds."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skyrl_samples.prune import main as prune
from skyrl_samples.raw_replies import merge_replies, read_replies
from skyrl_samples.run import main
from skyrl_samples.validate import main as validate
from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from tests.stub_server import read_replies as read_record
from toolworlds.records.samples import SkyRLSample
from utils import dump_line, read_lines

Capture = pytest.CaptureFixture[str]


def within(env_specs: Path) -> list[str]:
    return ["--inventory", str(env_specs)]


def read_events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def load(path: Path) -> list[SkyRLSample]:
    return [SkyRLSample.model_validate(value) for value in read_lines(path)]


def list_files(folder: Path) -> dict[str, bytes]:
    """Every file that a run leaves but the records of its pace."""
    paced = ("summary.json", "ledger.jsonl", "compile.lock")
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in paced)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_fifty_samples_without_a_key(tmp_path: Path, env_specs: Path, capsys: Capture) -> None:
    """All valid, every raw reply linked, every fact resolved; domains and complexities in turns."""
    output = tmp_path / "train.jsonl"
    domains = ["--domains", "dispatch,returns,stock,fleet,customs"]
    assert main(["--output", str(output), *within(env_specs), *domains]) == 0
    capsys.readouterr()
    assert validate(["--input", str(output)]) == 0
    [tally] = read_events(capsys.readouterr().out)
    assert (tally["samples"], tally["valid"], tally["linked"]) == (50, 50, 50)
    assert tally["facts"] == tally["facts_resolved"] > 50
    samples = load(output)
    assert len({sample.prompt[1].content for sample in samples}) == 50
    truths = [sample.reward_spec.ground_truth for sample in samples]
    pairs = {(s.extra_info.task_metadata.domain, t.complexity) for s, t in zip(samples, truths, strict=True)}
    assert len(pairs) == 15
    assert all(len({step.tool for step in truth.tool_sequence}) <= 5 for truth in truths)
    assert all(len(truth.tool_sequence) < truth.max_turns <= 8 for truth in truths)


def test_plans_over_environments_replay(tmp_path: Path, env_specs: Path, capsys: Capture) -> None:
    """Every plan was carried out and certified; facts hold the values that its run brought."""
    output = tmp_path / "train.json"
    assert main(["--output", str(output), *within(env_specs), "--n-samples", "20"]) == 0
    capsys.readouterr()
    assert validate(["--input", str(output), *within(env_specs)]) == 0
    [tally] = read_events(capsys.readouterr().out)
    assert tally["executable"] == tally["replayed"] == tally["samples"] == 20
    assert tally["facts"] == tally["facts_resolved"]
    for value in json.loads(output.read_bytes()):
        sample = SkyRLSample.model_validate(value)
        run, truth = sample.extra_info.task_metadata.reference_run, sample.reward_spec.ground_truth
        assert run is not None and run.certificate is not None and run.certificate.passed
        assert truth.final_reference.facts.keys() == truth.final_reference.citations.keys()
        assert "${" not in json.dumps([step.args for step in run.steps])
    rows = list(read_lines(tmp_path / "train.rows.jsonl"))
    assert [row["id"][-6:] for row in rows] == [f"_{number:05d}" for number in range(1, 21)]
    assert all(row["certificate"]["passed"] for row in rows)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, env_specs: Path) -> None:
    """Whatever the concurrency, and whether it was made in one go or in two."""
    for name, flags in {"one": ["--concurrency", "1"], "many": ["--concurrency", "64"]}.items():
        assert (
            main(
                [
                    "--output",
                    str(tmp_path / name / "a.jsonl"),
                    "--n-samples",
                    "12",
                    *flags,
                    "--inventory",
                    str(env_specs),
                ]
            )
            == 0
        )
    two = ["--output", str(tmp_path / "two" / "a.jsonl"), *within(env_specs)]
    assert main([*two, "--n-samples", "5"]) == 0
    assert main([*two, "--n-samples", "12"]) == 0
    assert list_files(tmp_path / "one") == list_files(tmp_path / "many") == list_files(tmp_path / "two")


def test_other_seeds_and_settings_have_other_ids(tmp_path: Path, env_specs: Path) -> None:
    """So that several files can be put together."""
    ids = []
    for number, flags in enumerate([[], ["--seed", "1"], ["--max-tools", "4"]]):
        output = tmp_path / f"{number}.jsonl"
        assert main(["--output", str(output), "--n-samples", "2", *flags, *within(env_specs)]) == 0
        ids += [sample.extra_info.id for sample in load(output)]
    assert len(set(ids)) == 6


def test_a_killed_run_is_resumed_to_the_same_bytes(tmp_path: Path, env_specs: Path) -> None:
    """SIGKILL at two moments; the finished files are those of an undisturbed run."""
    flags = ["--n-samples", "24", *within(env_specs), "--concurrency", "4"]
    assert main(["--output", str(tmp_path / "whole" / "a.jsonl"), *flags]) == 0
    killed = ["--output", str(tmp_path / "killed" / "a.jsonl"), *flags]
    parts = tmp_path / "killed" / "a.parts" / "samples"
    for enough in (3, 12):
        command = [sys.executable, "-m", "skyrl_samples", "generate", *killed]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": "."})
        while process.poll() is None and len(list(parts.glob("*.json"))) < enough:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert main(killed) == 0
    assert list_files(tmp_path / "killed") == list_files(tmp_path / "whole")


def spoil_plan(reply: dict[str, Any], chance: random.Random) -> str:
    """The reply as a careless model would have written it."""
    steps = reply["tool_sequence"]
    spoilers: list[Callable[[], object]] = [
        lambda: steps[0].update(tool="teleport"),
        lambda: steps[0].update(server="nowhere"),
        lambda: steps[-1].update(params={"colour": "red"}),
        lambda: steps[0].update(params=json.dumps(steps[0]["params"])),
        lambda: steps[-1].update(step=1),
        lambda: steps.reverse(),
        lambda: reply.update(tool_sequence=[]),
        lambda: reply.update(must_call_tool="mail.send"),
        lambda: reply["facts"].append({"name": "answer", "place": "${1.no.such.field}"}),
        lambda: reply["facts"].append({"name": "answer", "place": "the answer"}),
        lambda: steps[-1]["params"].update({next(iter(steps[-1]["params"]), "x"): "${9.later}"}),
        lambda: reply.pop("user_prompt"),
    ]
    chance.choice(spoilers)()
    return json.dumps(reply)


@pytest.mark.parametrize("backend", ["responses", "chat"])
def test_a_faulty_server_yields_no_invalid_sample(
    tmp_path: Path, backend: str, capsys: Capture, env_specs: Path
) -> None:
    """Refused reasoning, bad plans, broken JSON, cut replies, 429, lost lines: what is kept is valid."""
    taught = [
        "--output",
        str(tmp_path / "taught" / "a.jsonl"),
        "--n-samples",
        "40",
        "--inventory",
        str(env_specs),
    ]
    assert main([*taught, "--record-dir", str(tmp_path / "record")]) == 0
    replies = read_record(tmp_path / "record")

    def answer(ask: Ask) -> Answer:
        item = ask.request_id.rpartition("/")[0]
        chance, good = random.Random(ask.request_id), replies[f"{item}/0"].text
        return Answer(spoil_plan(json.loads(good), chance) if chance.random() < 0.6 else good)

    faults = {"429": 0.04, "disconnect": 0.05, "broken_json": 0.05, "length": 0.1}
    behaviour = Behaviour(answer=answer, refuses=("reasoning", "reasoning_effort"), faults=faults)
    output = tmp_path / "a.jsonl"
    server = ["--model", "stub", "--backend", backend, "--reasoning-effort", "high"]
    capsys.readouterr()
    with StubServer(behaviour) as stub:
        flags = [
            "--output",
            str(output),
            "--n-samples",
            "40",
            *server,
            "--server-url",
            stub.url,
            "--inventory",
            str(env_specs),
        ]
        assert main(flags) == 1
        assert {"429", "length"} <= set(stub.stats.faults)
        assert stub.stats.refused
    told = capsys.readouterr()
    assert told.err.count("it is left out") == 1
    assert validate(["--input", str(output)]) == 0
    kept, failed = load(output), list(read_lines(tmp_path / "a.parts" / "_run" / "failures.jsonl"))
    assert len(kept) + len(failed) == 40
    assert 20 < len(kept) < 40
    assert all(
        failure["kind"] == "reply" and "no usable reply in 3 asks: " in failure["message"]
        for failure in failed
    )
    [path] = (tmp_path / "raw_llm").iterdir()
    lines = list(read_replies(path))
    assert sum(line["used"] for line in lines) == len(kept)
    assert all(line["refused"] for line in lines if not line["used"])
    said = " ".join(reason for line in lines for reason in line["refused"])
    for reason in (
        "has no tool 'teleport'",
        "cut off at the token limit",
        "valid dictionary",
        "not to 'nowhere'",
    ):
        assert reason in said
    origin = kept[0].extra_info.task_metadata
    assert (origin.model, origin.backend) == ("stub", backend)
    assert (origin.reasoning_tokens is not None) == (backend == "responses")
    rejected = [event for event in read_events(told.out) if event["event"] == "rejected"]
    assert len(rejected) == sum(not line["used"] for line in lines)


def test_pruning_leaves_only_what_samples_link_to(tmp_path: Path, capsys: Capture, env_specs: Path) -> None:
    """Refused attempts go, links stay good, and a later run adds to what is left."""
    output = tmp_path / "a.jsonl"
    flags = [
        "--output",
        str(output),
        "--procedural-faults",
        "malformed_json=0.5",
        "--inventory",
        str(env_specs),
    ]
    main([*flags, "--n-samples", "12"])
    [path] = (tmp_path / "raw_llm").iterdir()
    before = list(read_replies(path))
    assert prune(["--input", str(output)]) == 0
    after = list(read_replies(path))
    assert after == [line for line in before if line["used"]]
    assert len(after) < len(before)
    main([*flags, "--n-samples", "20"])
    assert validate(["--input", str(output)]) == 0


def test_replies_are_merged_in_order_and_the_newer_wins(tmp_path: Path) -> None:
    """Whatever was there before."""
    path = tmp_path / "raw_llm" / "a.jsonl.gz"
    merge_replies(path, [{"request_id": name, "n": 1} for name in "bd"])
    merge_replies(path, [{"request_id": name, "n": 2} for name in "abe"])
    assert [(line["request_id"], line["n"]) for line in read_replies(path)] == [
        ("a", 2),
        ("b", 2),
        ("d", 1),
        ("e", 2),
    ]


def test_pruning_touches_only_files_of_raw_replies(tmp_path: Path, env_specs: Path) -> None:
    """Wherever else a sample points."""
    folder = tmp_path / "data"
    assert main(["--output", str(folder / "a.jsonl"), "--n-samples", "1", *within(env_specs)]) == 0
    [record] = list(read_lines(folder / "a.jsonl"))
    stray = tmp_path / "precious.jsonl.gz"
    merge_replies(stray, [{"request_id": "x", "used": True}])
    record["extra_info"]["task_metadata"]["raw_reply"]["path"] = "../precious.jsonl.gz"
    (folder / "a.jsonl").write_bytes(dump_line(record))
    assert prune(["--input", str(folder / "a.jsonl")]) == 0
    assert len(list(read_replies(stray))) == 1


def test_the_servers_address_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPENAI_BASE_URL and OPENAI_API_KEY stand in for flags; the key reaches the server and no file."""
    with StubServer(Behaviour(key="sk-secret-77", models=("gpt-5-mini",))) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-77")
        assert main(["--output", str(tmp_path / "a.jsonl"), "--n-samples", "1", "--model", "gpt-5-mini"]) == 1
        assert len(stub.asks) == 3
    assert not any(b"sk-secret" in data for data in list_files(tmp_path).values())


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (["--output", "a.txt", "--model", "m"], "ends in neither .jsonl nor .json"),
        (["--output", "a.jsonl"], "over environments only"),
        (["--output", "a.jsonl", "--inventory", "none.yml"], "none.yml: it does not exist"),
        (["--output", "a.jsonl", "--complexities", "easy"], "'easy' is none of simple, moderate, complex"),
        (["--output", "a.jsonl", "--max-turns", "0"], "--max-turns"),
        (["--output", "a.jsonl", "--max-turns", "5"], "leaves no room for complex tasks"),
        (["--output", "a.jsonl", "--max-tools", "none"], "--max-tools"),
        (["--output", "a.jsonl", "--backend", "soap"], "--backend"),
        (["--output", "a.jsonl", "--reasoning-effort", "vast"], "--reasoning-effort"),
        (["--output", "a.jsonl", "--model", "m", "--server-url", "http://127.0.0.1:9/v1"], "cannot reach"),
        ([], "--output"),
    ],
)
def test_bad_flags_are_one_line(tmp_path: Path, capsys: Capture, flags: list[str], why: str) -> None:
    """Exit code 2, and nothing is left behind."""
    placed = [str(tmp_path / flag) if flag.startswith("a.") else flag for flag in flags]
    assert main(placed) == 2
    said = capsys.readouterr().err.strip()
    assert why in said and "\n" not in said
    assert not list(tmp_path.glob("a.jsonl"))


def test_a_folder_as_output_is_told_before_any_work(tmp_path: Path, capsys: Capture) -> None:
    """No model is asked for what could not be kept."""
    (tmp_path / "a.jsonl").mkdir()
    assert (
        main(["--output", str(tmp_path / "a.jsonl"), "--model", "m", "--server-url", "http://127.0.0.1:9/v1"])
        == 2
    )
    assert "is a directory; give a file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_changed_configuration_is_refused(tmp_path: Path, capsys: Capture, env_specs: Path) -> None:
    """Samples of two kinds do not mix unless --force says so."""
    output = ["--output", str(tmp_path / "a.jsonl"), "--n-samples", "2", *within(env_specs)]
    assert main(output) == 0
    assert main([*output, "--max-tools", "3"]) == 2
    assert "max_tools: 5 then, 3 now" in capsys.readouterr().err
    assert main([*output, "--max-tools", "3", "--force"]) == 0


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: Capture, env_specs: Path) -> None:
    """It says what would be done."""
    assert main(["--output", str(tmp_path / "a.jsonl"), "--dry-run", *within(env_specs)]) == 0
    assert "50 samples: 0 done, 50 to do" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
