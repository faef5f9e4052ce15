"""`conversations evaluate` as a user runs it, on conversations that the offline executor answered."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conversations.audit import evaluate, validate
from conversations.build import open_registry
from conversations.execution.offline import OfflineExecutor
from tests.conversations.audit.guesthouse import Talk
from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from utils import dump_line, read_json, read_lines

Record = dict[str, Any]
EXECUTOR = OfflineExecutor(open_registry(None), failure_rate=0, empty_rate=0)
SEARCH: Record = {"city": "Lisbon", "check_in_date": "2027-05-14", "check_out_date": "2027-05-17"}


def book_hotel(number: int = 1) -> Record:
    """A sound conversation over the seed catalogue: three calls, each fed by the one before."""
    talk = Talk(number, memory_grounding_rate=1.0)
    session = EXECUTOR.open(talk.id, 7)

    def call(name: str, parameters: Record) -> Any:
        output = session.execute(name, parameters)
        assert "error" not in output, output
        talk.calls((name, parameters, output))
        return output

    talk.user("I need a hotel in Lisbon from 14 May 2027 to 17 May 2027, please.")
    hotel = call("stay_finder::search_hotels", SEARCH)["hotels"][0]
    talk.says(
        f"How about {hotel['name']}, rated {hotel['rating']}, for {hotel['price_per_night']:g} a night?"
    )
    talk.user("That sounds fine. Take the first room there for Mara Lindqvist.")
    room = call("stay_finder::get_hotel_rooms", {"hotel_id": hotel["hotel_id"]})["rooms"][0]
    stay = {key: SEARCH[key] for key in ("check_in_date", "check_out_date")}
    booked = call(
        "stay_finder::book_room", {"room_id": room["room_id"], "guest_name": "Mara Lindqvist", **stay}
    )
    talk.says(
        f"The {room['room_type']} is booked for {booked['total_price']:g} in all: {booked['reservation_id']}."
    )
    return talk.record()


def with_call(change: Callable[[Record], None], index: int = 1) -> Record:
    """`book_hotel` with one call changed, in step."""
    record: Record = json.loads(json.dumps(book_hotel()))
    calls = [call for message in record["messages"] for call in message.get("tool_calls", ())]
    change(calls[index])
    record["tool_calls"] = calls
    return record


def with_invented_id() -> Record:
    return with_call(lambda call: call["parameters"].update(hotel_id="HT-00417"))


def with_text(place: int, text: str) -> Record:
    record = book_hotel()
    record["messages"][place]["content"] = text
    return record


def text_of(place: int) -> str:
    text: str = book_hotel()["messages"][place]["content"]
    return text


def audit(folder: Path, records: list[Record], *flags: str) -> tuple[int, list[Record], Record]:
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    source.write_bytes(b"".join(map(dump_line, records)))
    code = evaluate.main(["--input", str(source), "--output", str(target), *flags])
    return code, list(read_lines(target)), read_json(folder / "evaluation_report.json")


def repair(
    folder: Path, broken: list[Record], right: list[Record], *flags: str
) -> tuple[int, list[Record], Record]:
    """An audit whose repairs are written by a server that puts the right messages in the place of others."""
    pairs = {one["conversation_id"]: (one, other) for one, other in zip(broken, right, strict=True)}

    def answer(ask: Ask) -> Answer:
        old, new = (record["messages"] for record in pairs[ask.request_id.partition("/")[0]])
        turns = [
            {"role": m["role"], "content": m["content"], "tool_calls": m.get("tool_calls") or []} for m in new
        ]
        if "edits" not in ask.body["response_format"]["json_schema"]["schema"]["properties"]:
            return Answer(json.dumps({"reasoning": "", "turns": [t for t in turns if t["role"] != "tool"]}))
        edits = [
            {"action": "replace", "message": place, "turn": turn}
            for place, turn in enumerate(turns)
            if turn["role"] != "tool" and new[place] != old[place]
        ]
        return Answer(json.dumps({"reasoning": "", "edits": edits}))

    with StubServer(Behaviour(answer=answer)) as stub:
        role = ["--role-model", f"conversation_repairer=stub@{stub.url}"]
        return audit(folder, broken, "--repair", *role, *flags)


def test_sound_conversations_pass(tmp_path: Path) -> None:
    """Scores, verdict and report agree; the record is otherwise what it was."""
    code, (judged,), report = audit(tmp_path, [book_hotel()])
    assert code == 0
    assert judged | {"judge_scores": None, "passed": None} == book_hotel()
    assert judged["passed"] and judged["judge_scores"]["failed_gates"] == []
    assert (report["total"], report["passed"], report["mean_overall"]) == (1, 1, 5.0)
    assert validate.main(["--input", str(tmp_path / "out.jsonl")]) == 0


def test_a_mean_that_falls_short_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The gate and its threshold are named."""
    code, (judged,), report = audit(tmp_path, [with_invented_id()])
    assert code == 2
    assert judged["judge_scores"]["failed_gates"] == ["tool_correctness"]
    assert report["failed"] == 1 and report["thresholds"]["naturalness"] == 3.0
    assert "mean tool correctness" in (out := capsys.readouterr().out) and "is below 3.5" in out


def test_a_repaired_call_is_executed_again(tmp_path: Path) -> None:
    """Call, output, lists and metadata are those of the sound conversation; it is judged again and valid."""
    code, (judged,), report = repair(tmp_path, [with_invented_id()], [book_hotel()])
    assert code == 0 and report["repaired"] == report["repair_attempted"] == 1
    assert judged | {"judge_scores": None, "passed": None} == book_hotel()
    assert validate.main(["--input", str(tmp_path / "out.jsonl")]) == 0
    (attempt,) = read_lines(tmp_path / "out" / "repairs.jsonl")
    assert (attempt["strategy"], attempt["outcome"]) == ("surgical", "passed")
    assert attempt["dimension_targeted"] == "tool_correctness"


def with_unknown_tool() -> Record:
    record = with_call(lambda call: call.update(name="stay_finder::magic_rooms"))
    record["messages"][6]["name"] = "stay_finder::magic_rooms"
    record["tool_outputs"][1]["name"] = "stay_finder::magic_rooms"
    record["metadata"]["endpoint_ids"][1] = "stay_finder::magic_rooms"
    return record


@pytest.mark.parametrize(
    ("spoiled", "dimension"),
    [
        (with_invented_id, "tool_correctness"),
        (
            lambda: with_call(lambda c: c["parameters"].update(guest_name="Otto Brandt"), 2),
            "tool_correctness",
        ),
        (with_unknown_tool, "tool_correctness"),
        (lambda: with_text(9, "Okay."), "task_completion"),
        (lambda: with_text(9, f"{text_of(9)} {text_of(3)}"), "naturalness"),
    ],
    ids=["hallucinated id", "wrong argument", "unknown tool", "missing confirmation", "repetition"],
)
def test_each_fault_lowers_its_own_score_and_can_be_mended(
    tmp_path: Path, spoiled: Callable[[], Record], dimension: str
) -> None:
    """The other two scores stay; the right messages bring the conversation over all gates."""
    (tmp_path / "judged").mkdir()
    _, (before,), _ = audit(tmp_path / "judged", [spoiled()])
    scores = before["judge_scores"]
    lowered = [d for d in ("tool_correctness", "task_completion", "naturalness") if scores[d] < 5]
    assert lowered == [dimension] and dimension in scores["failed_gates"]
    _, (after,), _ = repair(tmp_path, [spoiled()], [book_hotel()])
    assert after["passed"] and after["tool_calls"] == book_hotel()["tool_calls"]


@pytest.mark.parametrize("flags", [[], ["--role-model", "conversation_repairer.rewrite=procedural"]])
def test_the_embedded_model_does_not_repair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    """One line that says what to add, exit code 2, nothing written; judging alone works."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(dump_line(with_invented_id()))
    given = ["--input", str(source), "--output", str(tmp_path / "out.jsonl"), "--repair", *flags]
    if flags:
        given += ["--model", "m", "--server-url", "http://127.0.0.1:9/v1"]
    assert evaluate.main(given) == 2
    error = capsys.readouterr().err
    assert "--repair needs a model that writes" in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_recorded_repairs_can_be_replayed(tmp_path: Path) -> None:
    """A record holds the replies of any model, so no model need be named: the same conversations again."""
    (tmp_path / "first").mkdir()
    record = str(tmp_path / "record")
    broken, right = [with_invented_id(), book_hotel(2)], [book_hotel(), book_hotel(2)]
    _, first, _ = repair(tmp_path / "first", broken, right, "--record-dir", record)
    code, again, _ = audit(tmp_path, broken, "--repair", "--replay-dir", record)
    assert code == 0 and again == first


def test_a_judge_that_answers_rubbish_is_a_failure_and_never_a_score(tmp_path: Path) -> None:
    """No scores, not passed, exit code 1; a better judge may be asked later."""
    flags = ("--procedural-faults", "malformed_json=1")
    code, (judged,), report = audit(tmp_path, [book_hotel()], *flags)
    assert code == 1
    scores = judged["judge_scores"]
    assert scores["failed_gates"] == ["judge_error"] and scores["tool_correctness"] is None
    assert judged["passed"] is False
    assert report["judge_errors"] == 1 and report["mean_overall"] is None
    assert validate.main(["--input", str(tmp_path / "out.jsonl")]) == 0
    code, (judged,), _ = audit(tmp_path, [book_hotel()], "--retry-failed", "--force")
    assert code == 0 and judged["passed"]


def test_words_can_be_mended_where_calls_cannot(tmp_path: Path) -> None:
    """Outputs that this executor did not give stay; a repair that would change their calls is refused."""
    foreign = with_invented_id()
    found = json.loads(foreign["messages"][2]["content"])
    foreign["messages"][2]["content"] = json.dumps(found | {"total_results": 99})
    foreign["tool_outputs"] = [
        {"name": m["name"], "output": json.loads(m["content"])}
        for m in foreign["messages"]
        if m["role"] == "tool"
    ]
    right = json.loads(json.dumps(foreign))
    right["messages"][5] = book_hotel()["messages"][5]
    code, (judged,), report = repair(tmp_path, [foreign], [right])
    assert code == 2 and not judged["passed"] and report["repaired"] == 0
    assert judged["tool_calls"] == foreign["tool_calls"]
    attempts = list(read_lines(tmp_path / "out" / "repairs.jsonl"))
    assert [a["outcome"] for a in attempts] == ["repair_call_failed"] * 2
    assert "recorded outputs come from elsewhere" in attempts[0]["reason"]


def test_a_second_run_has_nothing_left_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal bytes; only a conversation that changed is judged again."""
    audit(tmp_path, [book_hotel(1), book_hotel(2)])
    first = (tmp_path / "out.jsonl").read_bytes()
    audit(tmp_path, [book_hotel(1), book_hotel(2)])
    assert (tmp_path / "out.jsonl").read_bytes() == first
    assert "2 conversations: 2 done, 0 to do" in capsys.readouterr().out
    changed = with_invented_id()
    audit(tmp_path, [changed, book_hotel(2), book_hotel(3)])
    assert "3 conversations: 1 done, 2 to do" in capsys.readouterr().out


def test_what_is_judged_in_parts_is_the_same(tmp_path: Path) -> None:
    """Shards and limits leave out what nobody came to; in the end every byte is that of one run."""
    records = [book_hotel(n) for n in range(1, 7)]
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    audit(tmp_path / "whole", records)
    audit(tmp_path / "parts", records, "--limit", "2")
    for shard in ("1/2", "2/2"):
        _, judged, report = audit(tmp_path / "parts", records, "--shard", shard)
    assert len(judged) == report["total"] == 6
    for name in ("out.jsonl", "evaluation_report.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_a_file_from_elsewhere_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until --force says otherwise; one's own output is written over."""
    source, target = tmp_path / "in.jsonl", tmp_path / "o.jsonl"
    source.write_bytes(dump_line(book_hotel()))
    target.write_text("mine\n")
    flags = ["--input", str(source), "--output", str(target)]
    assert evaluate.main(flags) == 2
    assert "was not written by this command" in capsys.readouterr().err
    assert target.read_text() == "mine\n"
    assert evaluate.main([*flags, "--force"]) == 0
    assert evaluate.main(flags) == 0
    assert target.read_text() != "mine\n"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """Only the plan is printed."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(dump_line(book_hotel()))
    assert evaluate.main(["--input", str(source), "--output", str(tmp_path / "o.jsonl"), "--dry-run"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--threshold", "6"], "'6' is not a number from 1 to 5"),
        (["--max-repairs", "0"], "'0' is not a whole number of at least 1"),
        (["--artifacts", "/nowhere"], "/nowhere holds no build_manifest.json; run conversations build"),
        (["--output", "IN"], "--output is the input"),
        (["--output", "out.json"], "does not end in .jsonl"),
        (["--input", "/nowhere.jsonl"], "cannot use /nowhere.jsonl"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], says: str
) -> None:
    """What is wrong and what to do; exit code 2, nothing written."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(dump_line(book_hotel()))
    given = {"--input": str(source), "--output": str(tmp_path / "out.jsonl")}
    given[flags[0]] = flags[1].replace("IN", str(source))
    assert evaluate.main([part for pair in given.items() for part in pair]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no conversations"),
        ("{}\n", "has no conversation_id"),
        ("{cut\n", "is not JSON"),
        ('{"conversation_id": "../../x"}\n', "is not a slug"),
        ('{"conversation_id": "conv_1_0001"}\n', "is no Conversation"),
    ],
)
def test_what_is_no_conversation_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    """The line is named."""
    (tmp_path / "in.jsonl").write_text(text)
    code = evaluate.main(["--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")])
    assert code == 2 and says in capsys.readouterr().err
