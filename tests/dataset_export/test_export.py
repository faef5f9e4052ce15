"""Exports of real records, flags and failures."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet
import pytest
import yaml

from dataset_export.folders import MANIFEST, replace_folder
from dataset_export.run import main
from tests.dataset_export.test_run import export
from tests.dataset_export.test_sources import CONVERSATION, EPISODE, make_trajectory
from toolworlds.records.base import Json
from utils import UserError, read_json, read_lines, write_json

ROOT = Path(__file__).resolve().parents[2]


def write_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def list_rows(output: Path, split: str = "train") -> list[dict[str, Any]]:
    return list(read_lines(output / "data" / f"{split}.jsonl"))


def refuse(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    """The one line that a user sees, with exit code 2."""
    assert main([str(part) for part in argv]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("error: ")
    return said


ROLLOUTS = [
    ("a_seq1", 0, True, 3),
    ("a_seq1", 1, True, 2),
    ("a_seq1", 2, False, 1),
    ("b_seq1", 0, False, 2),
]
"""task, rollout, solved, the agent's messages"""


def write_trajectories(folder: Path) -> Path:
    turn = {"finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1}
    answer = {"role": "assistant", "content": "done"}
    for task, rollout, solved, turns in ROLLOUTS:
        messages = [{"role": "user", "content": "?"}, answer]
        trajectory = make_trajectory(
            task_id=task, rollout=rollout, solved=solved, reward=float(solved), agent_turns=[turn] * turns,
            messages=messages,
        )  # fmt: skip
        write_json(folder / f"{task}.{rollout}.json", trajectory)
    invalid = make_trajectory(task_id="c_seq1", valid=False, reward=None, solved=False)
    write_json(folder / "c_seq1.3.json", invalid)
    return folder


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("solved", {"a_seq1.0", "a_seq1.1"}),
        ("best-of", {"a_seq1.1"}),
        ("all", {"a_seq1.0", "a_seq1.1", "a_seq1.2", "b_seq1.0"}),
    ],
)
def test_selection(tmp_path: Path, select: str, expected: set[str]) -> None:
    """Solved ones, the shortest solved one of each task, or all that have a score; never an invalid one."""
    folder = write_trajectories(tmp_path / "rollouts")
    export(folder, "trl", tmp_path / "out", "--select", select)
    rows = list_rows(tmp_path / "out")
    assert {row["id"] for row in rows} == expected
    assert {row["reward"] for row in rows} == {float(row["solved"]) for row in rows}


def test_reasoning_is_kept_or_dropped(tmp_path: Path) -> None:
    """By choice; the manifest counts what was dropped, and OpenAI's form has no place for it."""
    source = write_lines(tmp_path / "t.jsonl", [make_trajectory()])
    export(source, "trl", tmp_path / "kept")
    assert list_rows(tmp_path / "kept")[0]["messages"][2]["reasoning_content"] == "hm"
    for name, flags in (("trl", ["--reasoning", "drop"]), ("openai", [])):
        manifest = export(source, name, tmp_path / name, *flags)
        assert manifest["dropped"] == {"thoughts": 1}
        assert "hm" not in (tmp_path / name / "data" / "train.jsonl").read_text()


def test_words_beside_calls_have_no_place_in_llama_factory(tmp_path: Path) -> None:
    """They are dropped and counted; the call stays."""
    trajectory = make_trajectory()
    trajectory["messages"][2]["content"] = "One moment."
    manifest = export(write_lines(tmp_path / "t.jsonl", [trajectory]), "llama-factory", tmp_path / "out")
    assert manifest["dropped"] == {"words beside calls": 1}
    [row] = list_rows(tmp_path / "out")
    assert (
        row["conversations"][1]["value"] == '<think>\nhm\n</think>\n\n{"name": "find", "arguments": {"a": 1}}'
    )
    info = read_json(tmp_path / "out" / "dataset_info.json")
    assert info["out_train"]["file_name"] == "data/train.jsonl"


def sample_tokens(trajectory: dict[str, Json]) -> dict[str, Json]:
    turn = {"finish_reason": "stop", "prompt_tokens": 2, "completion_tokens": 2}
    ids = [
        {"prompt_token_ids": [1, 2], "token_ids": [3, 4]},
        {"prompt_token_ids": [1, 2, 3, 4, 5], "token_ids": [6]},
    ]
    return {**trajectory, "agent_turns": [{**turn, **some} for some in ids]}


def test_sampled_tokens_are_exported_as_they_are(tmp_path: Path) -> None:
    """Ids and full-length mask, and the figures count them."""
    source = write_lines(tmp_path / "t.jsonl", [sample_tokens(make_trajectory())])
    manifest = export(source, "skyrl-sft", tmp_path / "out")
    [row] = list_rows(tmp_path / "out")
    assert (row["input_ids"], row["loss_mask"]) == ([1, 2, 3, 4, 5, 6], [0, 0, 1, 1, 0, 1])
    assert "messages" not in row
    assert (manifest["splits"]["train"]["tokens"], manifest["splits"]["train"]["trained_tokens"]) == (6, 3)


def test_half_of_the_tokens_need_a_tokenizer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file has one kind of row."""
    records = [sample_tokens(make_trajectory()), make_trajectory(rollout=1)]
    source = write_lines(tmp_path / "t.jsonl", records)
    said = refuse(capsys, "--input", source, "--format", "skyrl-sft", "--output", tmp_path / "out")
    assert "1 of 2" in said and "--tokenizer" in said


def test_heterogeneous_arguments_survive_parquet(tmp_path: Path) -> None:
    """Objects of different shapes come back as they were: no key is added, none is lost."""
    calls: list[Json] = [{"a": 1}, {"a": "1", "b": [1, "x", None]}, {"a": {"c": 1.5}}, {}]
    records = []
    for number, arguments in enumerate(calls):
        call = {"name": "f", "arguments": arguments, "status": 200, "reply": arguments, "source": "twin"}
        records.append(make_trajectory(rollout=number, calls=[call]))
    export(write_lines(tmp_path / "t.jsonl", records), "parquet", tmp_path / "out")
    table = pyarrow.parquet.read_table(tmp_path / "out" / "data" / "train.parquet").to_pylist()
    assert [orjson.loads(row["calls"])[0]["arguments"] for row in table] == calls
    assert [row["reward"] for row in table] == [1.0] * 4


def test_keys_from_elsewhere_survive_parquet(tmp_path: Path) -> None:
    """A SkyRL sample may hold columns that this project does not know."""
    sample = {
        "data_source": "d",
        "prompt": [],
        "reward_spec": {"ground_truth": {"task_id": "t"}},
        "mine": {"é": [1]},
    }
    export(write_lines(tmp_path / "s.jsonl", [sample]), "parquet", tmp_path / "out")
    [row] = pyarrow.parquet.read_table(tmp_path / "out" / "data" / "train.parquet").to_pylist()
    assert orjson.loads(row["other_keys"]) == {"mine": {"é": [1]}}


REGISTRY = {
    "version": "1.0",
    "tools": [],
    "endpoints": [
        {
            "endpoint_id": f"{tool}::{name}",
            "name": name,
            "description": "…",
            "parameters": [{"name": "q", "type": "string", "required": True, "description": "", "enum": []}],
        }
        for tool, name in (("desk", "find"), ("desk", "list"), ("desk", "drop"), ("shop", "buy"))
    ],
}


def test_conversations_get_all_functions_of_their_tools(tmp_path: Path) -> None:
    """The assistant could have called others, too; names made safe for OpenAI stand in the manifest."""
    write_json(tmp_path / "registry.json", REGISTRY)
    source = write_lines(tmp_path / "c.jsonl", [CONVERSATION])
    manifest = export(source, "openai", tmp_path / "out", "--tools", str(tmp_path / "registry.json"))
    [row] = list_rows(tmp_path / "out")
    names = [tool["function"]["name"] for tool in row["tools"]]
    assert names == ["desk__find", "desk__list", "desk__drop"]
    assert [manifest["tool_names"][name] for name in names] == ["desk::find", "desk::list", "desk::drop"]
    calls = [call["function"]["name"] for call in row["messages"][1]["tool_calls"]]
    assert calls == names[:2]
    assert row["tools"][0]["function"]["parameters"]["required"] == ["q"]


def test_episodes_stay_in_their_splits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The generator kept templates and documents apart; results in full are taken along."""
    train = {**EPISODE, "episode_id": "ep_2", "meta": {**EPISODE["meta"], "split": "train"}}
    source = write_lines(tmp_path / "e.jsonl", [EPISODE, train])
    export(source, "axolotl", tmp_path / "out")
    assert (len(list_rows(tmp_path / "out")), len(list_rows(tmp_path / "out", "validation"))) == (1, 1)
    (tmp_path / "full_results.jsonl").write_text('{"result_id": "r1"}\n')
    manifest = export(source, "axolotl", tmp_path / "out")
    assert [file["file"] for file in manifest["side_files"]] == ["full_results.jsonl"]
    assert "full_results.jsonl" in (tmp_path / "out" / "README.md").read_text()
    flags = ["--format", "axolotl", "--output", tmp_path / "other", "--split", "train=0.5,test=0.5"]
    assert "--split" in refuse(capsys, "--input", source, *flags)


def test_what_a_format_cannot_hold_is_counted(tmp_path: Path) -> None:
    """A call with arguments that are no JSON object is left out of every format, and said so."""
    bad = make_trajectory(rollout=1)
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{"}}
    bad["messages"] = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    source = write_lines(tmp_path / "t.jsonl", [make_trajectory(), bad])
    why = "an episode with a call whose arguments are no JSON object"
    for name in ("trl", "axolotl"):
        manifest = export(source, name, tmp_path / name)
        assert manifest["left_out"] == {why: 1}
        assert why in (tmp_path / name / "README.md").read_text()
        assert len(list_rows(tmp_path / name)) == 1


def test_the_card_is_what_the_data_say(rows: Path, tmp_path: Path) -> None:
    """Front matter with licence, sizes, files of each split and features; figures as counted."""
    flags = ["--include-procedural", "--license", "apache-2.0", "--split", "train=0.5,test=0.5"]
    manifest = export(rows, "trl", tmp_path / "my_rows", *flags)
    card = (tmp_path / "my_rows" / "README.md").read_text()
    _, front, body = card.split("---\n", 2)
    header = yaml.safe_load(front)
    assert header["license"] == "apache-2.0"
    assert header["language"] == ["en"]
    files = header["configs"][0]["data_files"]
    assert [(file["split"], file["path"]) for file in files] == [
        ("train", "data/train.jsonl"),
        ("test", "data/test.jsonl"),
    ]
    features = [feature["name"] for feature in header["dataset_info"]["features"]]
    assert features == list(list_rows(tmp_path / "my_rows")[0])
    for name, split in manifest["splits"].items():
        found = list_rows(tmp_path / "my_rows", name)
        calls = sum(len(m.get("tool_calls", ())) for row in found for m in row["messages"])
        assert (split["records"], split["calls"]) == (len(found), calls)
        assert f"| {name} | {len(found)} |" in body


def test_the_manifest_tells_where_data_come_from(rows: Path, tmp_path: Path) -> None:
    """Hashes of input and files, the run behind them, its prompts and those of the export."""
    manifest = export(rows, "hermes", tmp_path / "out", "--include-procedural")
    assert manifest["input"]["sha256"] == hashlib.sha256(rows.read_bytes()).hexdigest()
    assert manifest["input"]["run"] == read_json(rows.parent / "_run" / "config.json")
    assert {"task_evolver.t0", "task_solver.trajectory", "call_format"} <= set(manifest["prompts"])
    about = manifest["splits"]["train"]
    data = (tmp_path / "out" / about["file"]).read_bytes()
    assert (about["sha256"], about["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))


def test_an_export_is_the_same_bytes_again(rows: Path, tmp_path: Path) -> None:
    """Whatever the hash seed; an earlier export is replaced whole, files of another format included."""
    flags = ["--include-procedural", "--split", "train=0.5,test=0.5"]
    export(rows, "hermes", tmp_path / "a", *flags)
    export(rows, "trl", tmp_path / "a", *flags)
    command = [sys.executable, "-m", "dataset_export.run", "--input", str(rows), "--format", "trl"]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    (tmp_path / "b").mkdir()
    subprocess.run(
        [*command, "--output", str(tmp_path / "b" / "a"), *flags], cwd=ROOT, env=environment, check=True
    )
    one, other = (
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()}
        for f in (tmp_path / "a", tmp_path / "b" / "a")
    )
    assert one == other
    assert {p.suffix for p in one} == {".md", ".json", ".jsonl"}


def test_a_killed_export_leaves_nothing_and_is_repeated(rows: Path, tmp_path: Path) -> None:
    """What was there stays until the new export is whole; what a kill leaves behind is swept away."""
    big = tmp_path / "rows.jsonl"
    line = orjson.loads(rows.read_bytes().splitlines()[0])
    big.write_bytes(b"".join(orjson.dumps({**line, "id": f"x_{n}"}) + b"\n" for n in range(3000)))
    command = [sys.executable, "-m", "dataset_export.run", "--include-procedural", "--format", "parquet"]
    process = subprocess.Popen([*command, "--input", str(big), "--output", str(tmp_path / "out")], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not (tmp_path / ".out.partial" / "data").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out").exists()
    export(big, "parquet", tmp_path / "out", "--include-procedural")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "rows.jsonl"]
    assert read_json(tmp_path / "out" / "manifest.json")["splits"]["train"]["records"] == 3000


def test_one_export_at_a_time(tmp_path: Path) -> None:
    """A second one into the same folder is refused, and the first goes on undisturbed."""
    with replace_folder(tmp_path / "out") as folder:
        (folder / MANIFEST).write_text("{}")
        with pytest.raises(UserError, match="another process is writing"), replace_folder(tmp_path / "out"):
            pass
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MANIFEST]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--format", "csv"], "csv"),
        (["--format", "trl", "--split", "train=0.5"], "0.5"),
        (["--format", "trl", "--split", "train=0.5,train=0.5"], "train=0.5"),
        (["--format", "trl", "--split", "my-train=1"], "my-train"),
        (["--format", "trl", "--split", "a=0.1,b=0.1,c=0.1,d=0.1,e=0.6"], "4 environments"),
        (["--format", "trl", "--tokenizer", "/nowhere"], "--tokenizer"),
        (["--format", "skyrl-sft", "--tokenizer", "/nowhere"], "/nowhere"),
        (["--format", "parquet", "--tools", "/nowhere"], "--tools"),
        (["--format", "trl", "--tools", "/nowhere"], "/nowhere"),
        (["--format", "trl", "--push", "me/it"], "--license"),
    ],
)
def test_wrong_flags_cost_one_line(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    """Exit code 2, the value at fault, and nothing written."""
    said = refuse(capsys, "--input", rows, "--output", tmp_path / "out", "--include-procedural", *flags)
    assert told in said
    assert not list(tmp_path.iterdir())


def test_inputs_and_formats_that_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trajectories have no truth to reward by, samples no replies, others no functions."""
    trajectory = write_lines(tmp_path / "t.jsonl", [make_trajectory()])
    sample = write_lines(tmp_path / "s.jsonl", [{"reward_spec": {"ground_truth": {"task_id": "t"}}}])
    conversation = write_lines(tmp_path / "c.jsonl", [CONVERSATION])
    episode = write_lines(tmp_path / "e.jsonl", [EPISODE])
    pairs = ((trajectory, "skyrl"), (sample, "trl"), (conversation, "trl"), (episode, "openai"))
    for source, name in pairs:
        assert name in refuse(capsys, "--input", source, "--format", name, "--output", tmp_path / "out")
        assert not (tmp_path / "out").exists()


SPOILT: list[dict[str, Json]] = [
    {"solved": "yes"},
    {"new_key": 1},
    {"messages": [{"content": "x"}]},
    {"messages": [{"role": "assistant", "content": 5}]},
    {"messages": [{"role": "assistant", "content": "", "tool_calls": [{"id": "x"}]}]},
    {"tools": [{"type": "function"}]},
]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_record_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoilt: dict[str, Json]
) -> None:
    """With its place in the file; nothing is written, and nothing is guessed."""
    source = write_lines(tmp_path / "t.jsonl", [make_trajectory(), make_trajectory(rollout=9) | spoilt])
    said = refuse(capsys, "--input", source, "--format", "trl", "--output", tmp_path / "out")
    assert f"{source}, byte" in said
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_things_is_left_alone(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only an earlier export is replaced."""
    (tmp_path / "thesis.txt").write_text("mine")
    flags = ["--format", "trl", "--include-procedural"]
    assert "manifest.json" in refuse(capsys, "--input", rows, "--output", tmp_path, *flags)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_pushing_offline_is_refused_politely(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export stays, and one line says what to do."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    flags = ["--format", "trl", "--include-procedural", "--license", "mit", "--push", "me/it"]
    said = refuse(capsys, "--input", rows, "--output", tmp_path / "out", *flags)
    assert "me/it" in said and "offline" in said
    assert (tmp_path / "out" / "manifest.json").exists()
