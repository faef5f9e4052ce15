"""Plans are added to prompts that exist already; the prompts stay as they are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skyrl_samples.enrich import main
from skyrl_samples.prompts import read_prompt
from skyrl_samples.run import main as generate
from skyrl_samples.sample_schema import find_schema_problems
from skyrl_samples.validate import main as validate
from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from toolworlds.records.samples import SkyRLSample
from utils import UserError, dump_line, read_lines

Capture = pytest.CaptureFixture[str]
DESK = ["--inventory", "data/inventories/business_desk.yml"]
FORECAST = {
    "type": "function",
    "function": {
        "name": "get_forecast",
        "description": "The forecast of a place.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}
TAUGHT = f"You help.  \n<tools>\n{json.dumps(FORECAST)}\n</tools>\t"
CONVERSATION = {
    "id": "conv-1",
    "conversations": [
        {"from": "system", "value": TAUGHT},
        {"from": "human", "value": "  What is the forecast for Århus?\r\n"},
        {"from": "gpt", "value": "<think>…</think> Let me see."},
    ],
    "source": {"n": 1.5},
}
SAMPLE = {
    "data_source": "mine",
    "prompt": [
        {"role": "system", "content": "Use the tools. "},
        {"role": "user", "content": 'Find news articles about "copper" and send a message to the chat.\n'},
    ],
    "env_class": "MyEnv",
    "extra_info": {"split": "train", "task_metadata": {"author": "me"}},
    "level": [1, None],
}
SILENT = {"conversations": [{"from": "gpt", "value": "Hello."}]}


PLANS = {
    "Find news articles": [
        ("news", "search_articles", {"topic": "copper"}),
        ("chat", "send_message", {"channel": "metals", "message": "${1.articles[0].headline}"}),
    ],
    "What is the forecast": [("tools", "get_forecast", {"place": "Århus"})],
    "latest quote of": [("markets", "get_quote", {"symbol": "ALDR"})],
}
"""Words of the request -> the plan that the served model answers with."""


def answer_with_plan(ask: Ask) -> Answer:
    """What a model replies: the plan for the request that it was shown."""
    plan = next(plan for words, plan in PLANS.items() if words in str(ask.body))
    steps = [
        {"step": place, "server": server, "tool": tool, "params": params}
        for place, (server, tool, params) in enumerate(plan, start=1)
    ]
    reply = {
        "assumptions": [],
        "tool_sequence": steps,
        "must_call_tool": f"{plan[-1][0]}.{plan[-1][1]}",
        "facts": [],
        "quality_criteria": [],
    }
    return Answer(json.dumps(reply))


@pytest.fixture
def served() -> Iterator[list[str]]:
    """Flags of a model that plans."""
    with StubServer(Behaviour(answer=answer_with_plan)) as stub:
        yield ["--model", "stub", "--server-url", stub.url]


def enrich(folder: Path, records: list[Any], *flags: str) -> tuple[int, list[Any]]:
    (folder / "in.jsonl").write_bytes(b"".join(map(dump_line, records)))
    code = main(["--input", str(folder / "in.jsonl"), "--output", str(folder / "out.jsonl"), *flags])
    out = folder / "out.jsonl"
    return code, list(read_lines(out)) if out.exists() else []


def test_nothing_of_a_record_is_changed(tmp_path: Path, served: list[str]) -> None:
    """Keys are added; what was there is there, blanks and all; what is no prompt is passed on."""
    code, [sample, silent] = enrich(tmp_path, [SAMPLE, SILENT], *DESK, *served)
    assert code == 0
    assert silent == SILENT
    assert {key: sample[key] for key in SAMPLE if key != "extra_info"} == {
        key: value for key, value in SAMPLE.items() if key != "extra_info"
    }
    assert sample["extra_info"]["split"] == "train"
    assert sample["extra_info"]["task_metadata"]["author"] == "me"
    assert sample["extra_info"]["task_metadata"]["plan_origin"]["raw_reply"]["request_id"].startswith(
        "prompt_"
    )
    assert find_schema_problems(sample) == []
    steps = [step["tool"] for step in sample["reward_spec"]["ground_truth"]["tool_sequence"]]
    assert "search_articles" in steps and "send_message" in steps


def test_what_gets_no_plan_is_passed_on_byte_for_byte(tmp_path: Path, served: list[str]) -> None:
    """Blanks, escapes, digits of numbers, a bare list: what cannot be improved is not rewritten."""
    lines = [
        b'{"conversations": [{"from": "gpt",  "value": "\\u00e9"}], "n": 1.50, "m": 98765432109876543210}',
        b'[{"from": "gpt", "value": "Hi."}]',
        b'{"conversations": [{"from": "human", "value": "Hi."}]}',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n\n".join(lines))
    assert (
        main(["--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl"), *served]) == 1
    )
    assert (tmp_path / "out.jsonl").read_bytes().splitlines() == lines


def test_a_conversation_becomes_a_sample_beside_itself(tmp_path: Path, served: list[str]) -> None:
    """Its tools come from its own system text; the prompt repeats its words byte for byte."""
    code, [record] = enrich(tmp_path, [CONVERSATION], *served)
    assert code == 0
    assert {key: record[key] for key in CONVERSATION} == CONVERSATION
    turns = CONVERSATION["conversations"]
    assert isinstance(turns, list)
    assert [message["content"] for message in record["prompt"]] == [turns[0]["value"], turns[1]["value"]]
    truth = SkyRLSample.model_validate(record).reward_spec.ground_truth
    assert truth.task_id == "conv-1"
    assert [step.tool for step in truth.tool_sequence] == ["get_forecast"]
    assert validate(["--input", str(tmp_path / "out.jsonl")]) == 0


def test_without_system_text_an_inventory_says_which_tools_there_are(
    tmp_path: Path, served: list[str]
) -> None:
    """A bare list of turns; the system text that teaches the tools is written for it."""
    turns = [{"from": "human", "value": "Find the latest quote of ALDR, please."}]
    code, [record] = enrich(tmp_path, [turns], *DESK, *served)
    assert code == 0
    assert record["conversations"] == turns
    assert "<tools>" in record["prompt"][0]["content"]


def test_a_prompt_without_tools_is_a_failure_with_its_reason(tmp_path: Path, served: list[str]) -> None:
    """The others are enriched; the record is passed on as it was."""
    code, records = enrich(tmp_path, [SAMPLE, CONVERSATION], *served)
    assert code == 1
    assert records[0] == SAMPLE and "reward_spec" in records[1]
    [failure] = read_lines(tmp_path / "out.parts" / "_run" / "failures.jsonl")
    assert failure["kind"] == "no_tools" and "give an --inventory" in failure["message"]


def test_only_tools_that_the_prompt_offers_are_planned_with(tmp_path: Path, served: list[str]) -> None:
    """The inventory may know more; an agent could not call what its system text does not offer."""
    code, records = enrich(tmp_path, [CONVERSATION], *DESK, *served)
    assert (code, records) == (1, [CONVERSATION])
    [failure] = read_lines(tmp_path / "out.parts" / "_run" / "failures.jsonl")
    assert "offers get_forecast; the inventory has none of these" in failure["message"]


def test_a_plan_with_a_tool_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    """Also where the inventory knows the tool."""
    (tmp_path / "tools.json").write_text(json.dumps({"weather": [FORECAST["function"]], "chat": ["send"]}))
    reply = {
        "assumptions": [],
        "tool_sequence": [{"step": 1, "server": "chat", "tool": "send", "params": {"text": "hi"}}],
        "must_call_tool": "chat.send",
        "facts": [],
        "quality_criteria": [],
    }
    with StubServer(Behaviour(answer=lambda ask: Answer(json.dumps(reply)))) as stub:
        flags = ["--inventory", str(tmp_path / "tools.json"), "--model", "stub", "--server-url", stub.url]
        assert enrich(tmp_path, [CONVERSATION], *flags) == (1, [CONVERSATION])
    [failure] = read_lines(tmp_path / "out.parts" / "_run" / "failures.jsonl")
    assert "the prompt offers no tool chat.send" in failure["message"]


def test_what_has_a_plan_is_skipped_unless_told_otherwise(
    tmp_path: Path, capsys: Capture, served: list[str]
) -> None:
    """With --overwrite must_call_tool, rubrics and limits follow the new plan."""
    _, [planned] = enrich(tmp_path, [SAMPLE], *DESK, *served)
    truth = planned["reward_spec"]["ground_truth"]
    truth |= {
        "tool_sequence": [
            {"step": 1, "server": "news", "tool": "search_articles", "params": {"topic": "tin"}}
        ],
        "success": {"must_call_tool": "news.search_articles"},
        "limits": {"max_servers": 1, "max_tools": 1},
        "max_turns": 2,
    }
    truth["judge_rubric"]["target_length_range"] = [5, 20]
    (tmp_path / "again").mkdir()
    code, records = enrich(tmp_path / "again", [planned], *DESK, *served)
    assert (code, records) == (0, [planned])
    assert "1 with a plan" in capsys.readouterr().out
    (tmp_path / "anew").mkdir()
    reply = {
        "assumptions": [],
        "tool_sequence": [
            {"step": 1, "server": "news", "tool": "search_articles", "params": {"topic": "copper"}},
            {
                "step": 2,
                "server": "chat",
                "tool": "send_message",
                "params": {"channel": "metals", "message": "${1.articles[0].headline}"},
            },
        ],
        "must_call_tool": "chat.send_message",
        "facts": [{"name": "headline", "place": "${1.articles[0].headline}"}],
        "quality_criteria": ["It quotes the headline."],
    }
    with StubServer(Behaviour(answer=lambda ask: Answer(json.dumps(reply)))) as stub:
        server = ["--model", "stub", "--server-url", stub.url]
        code, [record] = enrich(tmp_path / "anew", [planned], *DESK, "--overwrite", *server)
    assert code == 0
    new = record["reward_spec"]["ground_truth"]
    assert record["prompt"] == planned["prompt"]
    assert [step["tool"] for step in new["tool_sequence"]] == ["search_articles", "send_message"]
    assert new["success"]["must_call_tool"] == "chat.send_message"
    assert new["analysis_rubric"]["final_answer_requirements"]["must_include"] == ["headline"]
    assert new["final_reference"]["citations"] == {"headline": "${1.articles[0].headline}"}
    assert (new["limits"], new["max_turns"]) == ({"max_servers": 2, "max_tools": 3}, 4)
    assert new["judge_rubric"]["target_length_range"] == [5, 20]
    assert record["extra_info"]["task_metadata"]["plan_origin"]["model"] == "stub"


def test_plans_over_environments_are_executed(tmp_path: Path, env_specs: Path, capsys: Capture) -> None:
    """Samples planned anew are carried out and certified again, each in its own environment."""
    source, output = str(tmp_path / "a.json"), str(tmp_path / "b.json")
    world = ["--inventory", str(env_specs)]
    assert generate(["--output", source, "--n-samples", "6", *world]) == 0
    known = [SkyRLSample.model_validate(record) for record in json.loads(Path(source).read_bytes())]

    def answer(ask: Ask) -> Answer:
        """The plan that the sample had before."""
        place = int(ask.request_id.split("/")[0].rpartition("_")[2])
        truth = known[place - 1].reward_spec.ground_truth
        reply = {
            "assumptions": [],
            "tool_sequence": [step.to_json() for step in truth.tool_sequence],
            "must_call_tool": truth.success.must_call_tool,
            "facts": [{"name": n, "place": p} for n, p in truth.final_reference.citations.items()],
            "quality_criteria": [],
        }
        return Answer(json.dumps(reply))

    with StubServer(Behaviour(answer=answer)) as stub:
        anew = ["--overwrite", "--model", "stub", "--server-url", stub.url, *world]
        assert main(["--input", source, "--output", output, *anew]) == 0
    capsys.readouterr()
    assert validate(["--input", output, *world]) == 0
    assert '"replayed":6' in capsys.readouterr().out


def test_a_wrong_plan_is_refused_with_its_reason(tmp_path: Path, env_specs: Path) -> None:
    """A plan that the world does not carry out is asked for again, and given up after three asks."""
    source = tmp_path / "a.jsonl"
    assert generate(["--output", str(source), "--n-samples", "1", "--inventory", str(env_specs)]) == 0
    [record] = list(read_lines(source))
    del record["reward_spec"]
    step = record["extra_info"]["task_metadata"]["reference_run"]["steps"][0]
    server, _, tool = step["tool_fqn"].partition(".")
    wrong = {
        "assumptions": [],
        "tool_sequence": [{"step": 1, "server": server, "tool": tool, "params": step["args"]}],
        "must_call_tool": step["tool_fqn"],
        "facts": [{"name": "nobody", "place": "${1.no_such_field}"}],
        "quality_criteria": [],
    }

    def answer(ask: Ask) -> Answer:
        return Answer(json.dumps(wrong))

    with StubServer(Behaviour(answer=answer)) as stub:
        server_flags = ["--model", "stub", "--server-url", stub.url, "--inventory", str(env_specs)]
        code, [kept] = enrich(tmp_path, [record], *server_flags)
        assert len(stub.asks) == 3
        assert "nothing there" in str(stub.asks[1].body["messages"][-1])
    assert (code, kept) == (1, record)


def test_limit_and_dry_run(tmp_path: Path, capsys: Capture, served: list[str]) -> None:
    """A dry run leaves nothing; --limit leaves the rest as it was, for a later run."""
    records = [SAMPLE, SAMPLE | {"level": 2}, SAMPLE | {"level": 3}]
    code, out = enrich(tmp_path, records, *DESK, *served, "--dry-run")
    assert (code, out) == (0, [])
    assert "3 plans: 0 done, 3 to do" in capsys.readouterr().out
    _, out = enrich(tmp_path, records, *DESK, *served, "--limit", "1")
    assert ["reward_spec" in record for record in out] == [True, False, False]
    _, out = enrich(tmp_path, records, *DESK, *served)
    assert ["reward_spec" in record for record in out] == [True, True, True]


BOOK = {"name": "book", "parameters": {"type": "object", "properties": {"seat": {"type": "integer"}}}}


@pytest.mark.parametrize(
    "system",
    [
        f"Within <tools></tools> tags:\n<tools>\n{json.dumps(FORECAST)}\n{json.dumps(BOOK)}\n</tools>",
        f"<tools> {json.dumps([FORECAST, BOOK])} </tools> Think first.",
        f"<tools>{json.dumps(FORECAST, indent=2)},\n{json.dumps(BOOK, indent=2)}</tools>",
        f"<tools> {[FORECAST, BOOK]!r} </tools>",
    ],
    ids=["lines", "array", "indented", "python"],
)
def test_tools_are_read_from_system_texts_of_all_kinds(system: str) -> None:
    """One object a line, one array, objects over many lines, or as Python prints them."""
    turns = [{"from": "system", "value": system}, {"from": "human", "value": "Hi"}]
    functions = read_prompt({"conversations": turns}, 1, "here").list_functions()
    assert functions == [FORECAST["function"], BOOK]


def test_a_record_may_bring_its_tools_and_system_text_itself() -> None:
    """As `tools` (a list, or JSON in a text) and `system`."""
    record = {
        "system": "Be kind.",
        "tools": json.dumps([BOOK]),
        "conversations": [{"from": "human", "value": "Hi"}],
    }
    prompt = read_prompt(record, 1, "here")
    assert (prompt.system, prompt.request, prompt.list_functions()) == ("Be kind.", "Hi", [BOOK])
    assert read_prompt(record | {"tools": [FORECAST]}, 1, "here").list_functions() == [FORECAST["function"]]
    for none in ("{", "4", None, [4, {"name": 7}]):
        assert read_prompt(record | {"tools": none}, 1, "here").list_functions() == []


@pytest.mark.parametrize(
    "system", ["<tools>", "<tools>{</tools>", "<tools>a: [</tools>", "<tools>4</tools>", "x"]
)
def test_what_is_no_tool_is_none(system: str) -> None:
    """Nothing is guessed."""
    turns = [{"from": "system", "value": system}, {"from": "human", "value": "Hi"}]
    assert read_prompt({"conversations": turns}, 1, "here").list_functions() == []


@pytest.mark.parametrize("record", [4, "text", {}, {"prompt": "words"}, {"messages": []}])
def test_other_records_are_told(record: Any) -> None:
    """With the place."""
    with pytest.raises(UserError, match=r"in\.jsonl: record 3"):
        read_prompt(record, 3, "in.jsonl: record 3")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("in.jsonl", '{"prompt": [', "is not JSON"),
        ("in.json", "{}", "not an array"),
        ("notes.md", "# Notes", "is not JSON: unexpected character"),
        ("none.json", None, "exist"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: Capture, name: str, text: str | None, why: str, served: list[str]
) -> None:
    """Exit code 2, no output."""
    if text is not None:
        (tmp_path / name).write_text(text)
    assert (
        main(["--input", str(tmp_path / name), "--output", str(tmp_path / "out.jsonl"), *DESK, *served]) == 2
    )
    said = capsys.readouterr().err.strip()
    assert why in said and "\n" not in said
    assert not (tmp_path / "out.jsonl").exists()


def test_free_prompts_need_a_language_model(tmp_path: Path, capsys: Capture) -> None:
    """The embedded model says so at once, and leaves nothing."""
    assert enrich(tmp_path, [SAMPLE], *DESK) == (2, [])
    said = capsys.readouterr().err.strip()
    assert "the embedded model cannot plan for free prompts; give a --model" in said and "\n" not in said


def test_the_input_is_never_the_output(tmp_path: Path, capsys: Capture, served: list[str]) -> None:
    """Nothing is overwritten by mistake."""
    (tmp_path / "in.jsonl").write_bytes(dump_line(SAMPLE))
    place = str(tmp_path / "in.jsonl")
    assert main(["--input", place, "--output", place, *DESK, *served]) == 2
    assert "is the input" in capsys.readouterr().err
