"""Judge, repairer and writer of conversations on a real engine: its own noise, and words that it is given."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import conversations.audit.evaluate
import conversations.generation.run
from roles.replies import UnusableReply, read_reply
from tests.conversations.audit.test_evaluate import book_hotel, repair, with_invented_id
from tests.conversations.generation.corpus import build_artifacts
from tests.conversations.generation.test_model_run import greet
from tests.roles.scenes import SCENES
from tests.roles.scripted import ScriptedModel
from tests.roles.test_golden_replies import GOOD
from tests.spoken import SpokenModel
from tests.stub_server import Behaviour, StubServer
from tests.test_prompts import ask_for
from tests.vllm.engine_process import MODEL_NAME
from tests.vllm.speaking_server import SpeakingServer
from toolworlds.models.clients.server import ServerModel, open_server
from toolworlds.records.completions import Completion, Request
from utils import dump_line, read_json, read_lines

pytestmark = pytest.mark.vllm

PROMPTS = sorted(name for name in SCENES if name.startswith("conversation_"))
READERS = [path for path in GOOD if path.parent.name in PROMPTS]
NOISES = 12
ROOM = 1_500
"""Tokens for a noise; most of them come to an end before."""
SCORES = ("tool_correctness", "task_completion", "naturalness", "mean_score")
Record = dict[str, Any]


def complete(url: str, requests: Sequence[Request], thinker: ScriptedModel | None = None) -> list[Completion]:
    """The completions of these requests, asked all at once; with a thinker in its words."""

    async def ask() -> list[Completion]:
        async with AsyncExitStack() as stack:
            server: ServerModel = open_server(MODEL_NAME, [url])
            stack.push_async_callback(server.aclose)
            model = SpokenModel(thinker, server) if thinker else server
            return list(await asyncio.gather(*map(model.complete, requests)))

    return asyncio.run(ask())


def vary(request: Request, seed: int) -> Request:
    sampling = replace(request.sampling, temperature=1.0, max_tokens=ROOM, seed=seed)
    return replace(request, request_id=f"noise{seed}/{request.role}/0", sampling=sampling)


@pytest.mark.parametrize("name", PROMPTS)
def test_noise_under_each_schema_is_a_reply_or_is_refused_with_a_reason(server_url: str, name: str) -> None:
    """The whole prompt goes in; what comes to an end fits the schema, whatever its values are worth."""
    request, reply_type = ask_for(name), SCENES[name][0]
    assert request.reply_schema is not None and reply_type is not None
    completions = complete(server_url, [vary(request, seed) for seed in range(NOISES)])
    ended = [completion for completion in completions if completion.finish_reason == "stop"]
    assert ended
    for completion in ended:
        assert jsonschema_rs.is_valid(request.reply_schema, json.loads(completion.text))
        try:
            assert isinstance(read_reply(completion, reply_type), reply_type)
        except UnusableReply as refused:
            assert refused.reasons


@pytest.mark.parametrize("path", READERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_readers_replies_come_through_unharmed(server_url: str, path: Path) -> None:
    """Tokenized, decoded and read again they are what the reader wrote."""
    written = Completion(path.read_text().strip(), "stop", "reader")
    reply_type = SCENES[path.parent.name][0]
    assert reply_type is not None
    (said,) = complete(server_url, [ask_for(path.parent.name)], ScriptedModel([written]))
    assert said.finish_reason == "stop"
    assert read_reply(said, reply_type) == read_reply(written, reply_type)


def generate(output: Path, *flags: str) -> int:
    given = ["--n", "3", "--artifacts", str(build_artifacts()), "--output", str(output)]
    return conversations.generation.run.main([*given, *flags])


def test_noise_keeps_the_drafts(
    engine_flags: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every conversation is there, as it would be without a model."""
    short = ["--role-sampling", "conversation_writer=max_tokens:100"]
    assert generate(tmp_path / "noise.jsonl", *engine_flags, *short) == 0
    assert "0 worded by the model, 3 kept" in capsys.readouterr().out
    assert generate(tmp_path / "plain.jsonl") == 0
    assert (tmp_path / "noise.jsonl").read_bytes() == (tmp_path / "plain.jsonl").read_bytes()


def test_a_writers_words_spoken_by_the_engine_stand_in_the_file(server_url: str, tmp_path: Path) -> None:
    """The same bytes as with the server that said them first."""
    record = tmp_path / "record"
    with StubServer(Behaviour(answer=greet, models=(MODEL_NAME,))) as stub:
        flags = ["--model", MODEL_NAME, "--server-url", stub.url, "--record-dir", str(record)]
        assert generate(tmp_path / "first.jsonl", *flags) == 0
    with SpeakingServer(record, server_url) as speaker:
        flags = ["--model", MODEL_NAME, "--server-url", speaker.url]
        assert generate(tmp_path / "spoken.jsonl", *flags) == 0
    assert (tmp_path / "spoken.jsonl").read_bytes() == (tmp_path / "first.jsonl").read_bytes()
    assert all(
        line["messages"][0]["content"].startswith("Good evening!")
        for line in read_lines(tmp_path / "spoken.jsonl")
    )


def audit(folder: Path, records: Sequence[Record], *flags: str) -> tuple[int, list[Record], Record]:
    """Exit code, judged conversations and report."""
    folder.mkdir(exist_ok=True)
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    source.write_bytes(b"".join(map(dump_line, records)))
    code = conversations.audit.evaluate.main(["--input", str(source), "--output", str(target), *flags])
    return code, list(read_lines(target)), read_json(folder / "evaluation_report.json")


def test_a_judge_that_makes_noise_gives_no_score(engine_flags: Sequence[str], tmp_path: Path) -> None:
    """Cut off again and again, it is a failure: exit code 1, nothing passed, no mean."""
    short = ["--role-sampling", "conversation_judge=max_tokens:4"]
    code, judged, report = audit(tmp_path, [book_hotel(1), book_hotel(2)], "--repair", *engine_flags, *short)
    assert code == 1
    for record in judged:
        scores = record["judge_scores"]
        assert scores["failed_gates"] == ["judge_error"] and record["passed"] is False
        assert [scores[name] for name in SCORES] == [None] * 4
    assert report["judge_errors"] == 2 and report["mean_overall"] is None


def test_what_a_noisy_judge_says_in_the_right_form_counts_and_nothing_else(
    server_url: str, tmp_path: Path
) -> None:
    """Each conversation has all scores, from 1 to 5, or none; the exit code says which happened."""
    flags = ["--model", MODEL_NAME, "--server-url", server_url]
    room = ["--role-sampling", f"conversation_judge=max_tokens:{ROOM},temperature:1.0"]
    code, judged, report = audit(tmp_path, [book_hotel(n) for n in range(1, 9)], *flags, *room)
    unjudged = [r for r in judged if r["judge_scores"]["failed_gates"] == ["judge_error"]]
    assert report["judge_errors"] == len(unjudged) and report["total"] == len(judged) == 8
    assert code in ((1, 2) if unjudged else (0, 2))
    for record in judged:
        scores = [record["judge_scores"][name] for name in SCORES]
        assert all(score is None for score in scores) == (record in unjudged)
        assert record in unjudged or all(1 <= score <= 5 for score in scores)


def test_repairs_of_noise_are_refused_and_the_conversation_stays(server_url: str, tmp_path: Path) -> None:
    """Both strategies are tried; the verdict on the broken conversation stands."""
    noisy = ["--role-model", f"conversation_repairer={MODEL_NAME}@{server_url}"]
    short = ["--role-sampling", "conversation_repairer=max_tokens:100"]
    code, (judged,), report = audit(tmp_path, [with_invented_id()], "--repair", *noisy, *short)
    assert code == 2 and report["repaired"] == 0
    assert judged["messages"] == with_invented_id()["messages"] and judged["passed"] is False
    attempts = list(read_lines(tmp_path / "out" / "repairs.jsonl"))
    assert [(a["strategy"], a["outcome"]) for a in attempts] == [
        ("surgical", "repair_call_failed"),
        ("full_rewrite", "repair_call_failed"),
    ]


def test_an_audit_spoken_by_the_engine_mends_the_same(server_url: str, tmp_path: Path) -> None:
    """The embedded model's verdicts, a stub's repairs, in an engine's tokens: the same conversations."""
    broken = [with_invented_id(), book_hotel(2), with_okay(3)]
    record = tmp_path / "record"
    (tmp_path / "first").mkdir()
    right = [book_hotel(number) for number in (1, 2, 3)]
    code, first, _ = repair(tmp_path / "first", broken, right, "--record-dir", str(record))
    assert code == 0
    with SpeakingServer(record, server_url) as speaker:
        flags = ["--repair", "--model", MODEL_NAME, "--server-url", speaker.url]
        code, spoken, report = audit(tmp_path / "spoken", broken, *flags)
    assert code == 0 and report["repaired"] == 2
    assert [strip(record) for record in spoken] == [strip(record) for record in first]


def with_okay(number: int) -> Record:
    """A sound conversation, but for its last answer."""
    record = book_hotel(number)
    record["messages"][9]["content"] = "Okay."
    return record


def strip(record: Record) -> Record:
    """Without what tells models apart."""
    scores = {key: value for key, value in record["judge_scores"].items() if key != "judge_model"}
    return record | {"judge_scores": scores}
