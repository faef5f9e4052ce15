"""Each check passes a good episode and names what is wrong with a bad one."""

import json

import pytest

from episodes import validators as v
from episodes.command import DATA
from episodes.results import Results
from episodes.toolsets.base import ToolBox
from toolworlds.records.base import Json
from toolworlds.records.episodes import Episode, EpisodeMessage, EpisodeMeta
from toolworlds.tokens.call_format import CallFormat
from toolworlds.tokens.tags import load_tags

TAGS = load_tags(DATA / "tags" / "default.json")
CALLS = CallFormat(*TAGS.toolcall)
QUERY = {"query": "daily allowance", "top_k": 3}
ANSWER = 'policies/travel_expenses.md says: "Abroad the rates of the annual table apply."'
META = EpisodeMeta(category="workspace", pattern="SEARCH_ANSWER", language="en", source="generated", plan="p")


def talk(*messages: tuple[Json, ...]) -> Episode:
    """(role, content[, loss[, name]]) each."""
    made = [
        EpisodeMessage(
            role=m[0], content=m[1], loss=m[2] if len(m) > 2 else False, name=m[3] if len(m) > 3 else None
        )
        for m in messages
    ]
    return Episode(episode_id="EP-1", meta=META, system="S", messages=made)


def search(
    tools: ToolBox, call: str = "", result: str = "", answer: str = ANSWER, name: str = "workspace.search"
) -> Episode:
    """A good episode, one part of it replaced."""
    found = json.dumps(tools.execute("workspace.search", QUERY), ensure_ascii=False, separators=(",", ":"))
    return talk(
        ("user", "What is the daily allowance?"),
        ("assistant", call or CALLS.write("workspace.search", QUERY), True),
        ("toolresult", result or found, False, name),
        ("assistant", answer, True),
    )


def run_all(episode: Episode, tools: ToolBox) -> list[str]:
    return v.Checker(tools, CALLS, TAGS, 4000).check(episode, rerun=True)


def test_a_good_episode_passes_every_check(tools: ToolBox) -> None:
    """So that the failing examples fail for their own reason."""
    assert run_all(search(tools), tools) == []


@pytest.mark.parametrize(
    "messages",
    [
        [("user", "A")],
        [("assistant", "A", True), ("user", "B")],
        [("user", "A"), ("user", "B"), ("assistant", "C", True)],
        [("user", "A"), ("toolresult", "{}"), ("assistant", "C", True)],
        [("user", "A"), ("assistant", CALLS.write("t", {}), True), ("assistant", "C", True)],
        [("user", "A", True), ("assistant", "C", True)],
        [("user", " "), ("assistant", "C", True)],
    ],
)
def test_roles(messages: list[tuple[Json, ...]]) -> None:
    """Missing answers, doubled turns, results without calls, losses of users, empty messages."""
    assert list(v.check_roles(talk(*messages), CALLS))


def test_tags_within_messages() -> None:
    """A tag in a user's message, in an answer, or within a call; a token that a tokenizer reserves."""
    for text in (f"Say {TAGS.end}", f"{TAGS.user[0]}hi", CALLS.write("t", {"query": TAGS.think[0]})):
        assert list(v.check_tags(talk(("user", "A"), ("assistant", text, True)), TAGS))
        assert list(v.check_tags(talk(("user", text), ("assistant", "A", True)), TAGS))
    special = talk(("user", "What is <|im_end|>?"), ("assistant", "A", True))
    assert list(v.check_tags(special, TAGS, ["<|im_end|>"])) and not list(v.check_tags(special, TAGS))


@pytest.mark.parametrize(
    "inner", ["{", "[]", '{"query":"x"}', '{"name":3}', '{"name":"t"}<|/toolcall|><|toolcall|>{"name":"t"}']
)
def test_calls_parse(tools: ToolBox, inner: str) -> None:
    """Broken JSON, no object, no name, two calls in one."""
    episode = search(tools, call=f"{CALLS.opening}{inner}{CALLS.closing}")
    assert list(v.check_calls_parse(episode, CALLS))


def test_a_call_with_words_around_it_does_not_parse(tools: ToolBox) -> None:
    """A call is the whole message."""
    assert list(v.check_calls_parse(search(tools, call="Wait: " + CALLS.write("t", {})), CALLS))


def test_tools_exist(tools: ToolBox) -> None:
    """An unknown tool, and a result under another tool's name."""
    assert list(v.check_tools_exist(search(tools, call=CALLS.write("workspace.find", QUERY)), CALLS, tools))
    assert list(v.check_tools_exist(search(tools, name="workspace.get_doc"), CALLS, tools))


@pytest.mark.parametrize(
    "arguments",
    [{}, {"query": ""}, {"query": "a", "top_k": 99}, {"query": "a", "top_k": "3"}, {"query": "a", "k": 1}],
)
def test_arguments(tools: ToolBox, arguments: dict[str, Json]) -> None:
    """Missing, blank, out of range, of another type, unknown; without loss it is a shown mistake."""
    episode = search(tools, call=CALLS.write("workspace.search", arguments))
    assert list(v.check_call_arguments(episode, CALLS, tools))
    mistake = [m.model_copy(update={"loss": False}) for m in episode.messages]
    assert not list(v.check_call_arguments(episode.model_copy(update={"messages": mistake}), CALLS, tools))


def test_results_are_the_tools_own(tools: ToolBox) -> None:
    """One changed digit, or an invented document, is found."""
    real = search(tools).messages[2].content
    for forged in (real.replace("14 euros", "15 euros"), '{"documents":[],"total":0}'):
        assert forged != real
        assert list(v.check_results(search(tools, result=forged), CALLS, tools, 4000))


def test_silent_cuts(tools: ToolBox) -> None:
    """A result over the limit, and marks that say too little."""
    for result in (
        json.dumps({"text": "x" * 500}),
        json.dumps({"text": "x", "truncated": True}),
        json.dumps({"text": "x", "truncated": True, "full_length": 10, "full_result": "id"}),
        json.dumps({"text": "x", "truncated": True, "full_length": 999}),
    ):
        assert list(v.check_truncation(search(tools, result=result), 400))


@pytest.mark.parametrize("answer", ["It depends on the trip.", "Abroad the rates of the annual table apply."])
def test_answers_are_grounded_and_cited(tools: ToolBox, answer: str) -> None:
    """An answer of one's own, and one without a source."""
    assert list(v.check_answers(search(tools, answer=answer), CALLS))


def test_dumps_and_torn_answers(tools: ToolBox) -> None:
    """A whole document as an answer, an overlong one, one that breaks off."""
    text = "This is one sentence of many in a document. " * 12
    whole = search(tools, result=json.dumps({"text": text.strip()}), answer=text.strip())
    for episode in (
        whole,
        search(tools, answer="Yes. " * 300),
        search(tools, answer=ANSWER + " The rates of the"),
    ):
        assert list(v.check_dumps(episode, CALLS))


@pytest.mark.parametrize(
    "path", ["/home/ann/w/a.md", "/tmp/x/index.sqlite", "C:\\Users\\ann", "/Users/ann/b.md"]
)
def test_host_paths(tools: ToolBox, path: str) -> None:
    """Wherever one stands."""
    assert list(v.check_host_paths(search(tools, answer=f"It is in {path}.")))
    assert not list(v.check_host_paths(search(tools, answer="It is in docs/home/a.md and and/or.")))


def test_cut_results_end_at_sentences(tools: ToolBox) -> None:
    """What is left of a text is whole sentences of it; the limit holds; the full one is kept."""
    results = Results(1000)
    full = tools.execute("workspace.get_doc", {"title": "Travel and Expenses Policy"})
    shown = results.show("workspace.get_doc", {"title": "Travel and Expenses Policy"}, full)
    assert len(results.write(shown)) <= 1000 and shown["text"].endswith(".")
    assert full["text"].startswith(shown["text"]) and shown["full_length"] == len(results.write(full))
    assert results.kept[shown["full_result"]]["result"] == full
