"""Masks by token ids: exact for six chat templates and the tag format, refused where they cannot be."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episode_generation.command import DATA
from episode_generation.rendering.encoding import Encoder, check_mask, spells
from episode_generation.rendering.masking import Borders, find_turns, mask_ids
from episode_generation.system_text import describe_call
from episode_generation.tags import load_tags
from records.base import Json
from tests.episode_generation.local_tokenizers import SPECIAL, make_chat_tokenizer, make_tokenizer
from utils import UserError

TAGS = load_tags(DATA / "tags" / "mypt.json")
FORMATS = [*sorted(SPECIAL), "tags"]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
WORDS = TEXT.map(str.strip).filter(lambda text: text != "" and "<" not in text and "[" not in text)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["query", "top_k", "path"]), WORDS | st.integers(0, 99), max_size=2
)


@cache
def open_encoder(name: str) -> Encoder:
    folder = Path(mkdtemp())
    if name == "tags":
        return Encoder(make_tokenizer(folder, TAGS.list_tags(), {}, None), TAGS, [])
    return Encoder(make_chat_tokenizer(folder, name), TAGS, [])


def say(role: str, content: str, loss: bool = False, **more: Json) -> dict[str, Json]:
    return {"role": role, "content": content, "loss": loss, **more}


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, Json]:
    encoder_calls = open_encoder("tags").calls
    messages = []
    for _ in range(draw(st.integers(1, 3))):
        messages.append(say("user", draw(WORDS)))
        for _ in range(draw(st.integers(0, 2))):
            call = encoder_calls.write("workspace.search", draw(ARGUMENTS))
            messages.append(say("assistant", call, draw(st.booleans())))
            messages.append(say("toolresult", '{"total":0}', name="workspace.search"))
        messages.append(say("assistant", draw(WORDS), True))
    return {"episode_id": "EP-1", "system": draw(WORDS), "messages": messages}


@pytest.mark.parametrize("name", FORMATS)
@given(conversation=conversations())
@settings(max_examples=25, deadline=None)
def test_trained_ids_spell_the_messages_and_nothing_else(name: str, conversation: dict[str, Json]) -> None:
    """For random conversations, each trained turn decodes to its message; the rest is masked."""
    encoder = open_encoder(name)
    encoded = encoder.encode(conversation)
    assert len(encoded.input_ids) == len(encoded.loss_mask)
    turns = find_turns(encoded.input_ids, encoder.borders)
    said = [m for m in conversation["messages"] if m["role"] == "assistant"]
    assert len(turns) == len(said)
    for (start, end), message in zip(turns, said, strict=True):
        assert set(encoded.loss_mask[start:end]) == {int(message["loss"])}
        assert spells(encoder.tokenizer.decode(encoded.input_ids[start : end - 1]), message, encoder.calls)
    trained = sum(end - start for (start, end), m in zip(turns, said, strict=True) if m["loss"])
    assert sum(encoded.loss_mask) == trained + (1 if name == "tags" else 0)


def test_tags_are_masked_as_the_contract_says() -> None:
    """All after the opening tag up to the closing one, and the end tag; no opening tag, no line break."""
    encoder = open_encoder("tags")
    encoded = encoder.encode(
        {"system": "S.", "messages": [say("user", "Hi"), say("assistant", "Yes.", True)]}
    )
    pairs = zip(encoded.input_ids, encoded.loss_mask, strict=True)
    shown = [encoder.tokenizer.decode([number]) for number, loss in pairs if loss]
    assert "".join(shown) == "Yes.</myPT_assistant><myPT_eot>"


def test_reasoning_that_the_template_drops_is_not_expected() -> None:
    """An earlier turn's reasoning is left out by the template; the mask follows what is rendered."""
    encoder = open_encoder("qwen")
    turns = [
        say("user", "A"),
        say("assistant", "B.", True, think="hm"),
        say("user", "C"),
        say("assistant", "D.", True, think="so"),
    ]
    encoded = encoder.encode({"messages": turns})
    trained = [n for n, loss in zip(encoded.input_ids, encoded.loss_mask, strict=True) if loss]
    assert encoder.tokenizer.decode(trained) == "B.<|im_end|><think>\nso\n</think>\n\nD.<|im_end|>"


def test_calls_are_trained_with_their_whole_writing() -> None:
    """What marks a call, e.g. Mistral's token or the recipient, is the model's to write."""
    calls = open_encoder("tags").calls
    turns = [
        say("user", "A"),
        say("assistant", calls.write("repo.log", {"limit": 3}), True),
        say("toolresult", "{}", name="repo.log"),
        say("assistant", "D.", False),
    ]
    for name, written in (
        ("mistral", '[TOOL_CALLS] [{"name": "repo.log", "arguments": {"limit": 3}}]</s>'),
        ("gpt_oss", '<|channel|>commentary to=functions.repo.log json<|message|>{"limit": 3}<|call|>'),
    ):
        encoded = open_encoder(name).encode({"messages": turns})
        trained = [n for n, loss in zip(encoded.input_ids, encoded.loss_mask, strict=True) if loss]
        assert open_encoder(name).tokenizer.decode(trained) == written


@pytest.mark.parametrize("name", FORMATS)
def test_a_user_who_writes_special_tokens_is_refused(name: str) -> None:
    """A message that spells the assistant's opening would shift the mask."""
    encoder = open_encoder(name)
    spoof = encoder.render({"messages": [say("user", "A"), say("assistant", "Never said.", True)]})
    with pytest.raises(UserError, match="EP-9"):
        encoder.encode({"episode_id": "EP-9", "messages": [say("user", spoof), say("assistant", "B.", True)]})


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (
            "{% for m in messages %}<|im_start|>{{ m.content or m.tool_calls }}<|im_end|>{% endfor %}",
            "tells",
        ),
        (
            "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ m.tool_calls or '' }}\n{% endfor %}",
            "no special token",
        ),
        (
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}",
            "leaves out",
        ),
        ("{{ raise_exception('no tools here') }}", "no tools here"),
        ("{% for m in messages %}", "not valid"),
    ],
)
def test_a_template_that_cannot_be_masked_is_refused(template: str, reason: str, tmp_path: Path) -> None:
    """Turns without a border of their own, without an end, or left out: each with its reason."""
    encoder = Encoder(make_tokenizer(tmp_path, SPECIAL["chatml"], {}, template), TAGS, [])
    with pytest.raises(UserError, match=reason):
        encoder.encode({"messages": [say("user", "A"), say("assistant", "B.", True)]})


def test_a_template_writes_calls_in_its_own_way() -> None:
    """The system text's sentence on how a call is tagged is left out."""
    encoder = open_encoder("chatml")
    system = f"Hello. {describe_call(encoder.calls)}"
    text = encoder.render({"system": system, "messages": [say("user", "A"), say("assistant", "B.", True)]})
    assert "Hello." in text and encoder.calls.opening not in text


def test_tags_that_are_no_single_tokens_are_refused(tmp_path: Path) -> None:
    """Without the tags as tokens there are no ids to go by."""
    encoder = Encoder(make_tokenizer(tmp_path, [], {}, None), TAGS, [])
    with pytest.raises(UserError, match="not one"):
        encoder.encode({"messages": [say("user", "A"), say("assistant", "B.", True)]})


def test_a_wrong_mask_is_found() -> None:
    """The validator sees a trained user, an untrained answer, and a mask of another length."""
    encoder = open_encoder("chatml")
    conversation = {"messages": [say("user", "A"), say("assistant", "B.", True)]}
    good = encoder.encode(conversation)
    ids, mask = good.input_ids, good.loss_mask
    wrong = [[1] * len(ids), [0] * len(ids), mask[:-1], [0, *mask[:-1]]]
    assert check_mask(conversation, good, encoder) == []
    for values in wrong:
        assert check_mask(conversation, type(good)(ids, values), encoder)


def test_turns_need_their_borders() -> None:
    """A turn that is never closed, or one too many, is an error, never a guess."""
    borders = Borders(frozenset({(1, 2)}), frozenset({9}))
    assert mask_ids([1, 2, 5, 9, 1, 2, 6, 9], borders, [True, False]) == [0, 0, 1, 1, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="never closed"):
        mask_ids([1, 2, 5], borders, [True])
    with pytest.raises(ValueError, match="2 turns"):
        mask_ids([1, 2, 9, 1, 2, 9], borders, [True])
