"""Masks by token ids: exact for six chat templates and the tag format, refused where they cannot be."""

import json
import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.command import DATA
from episodes.encoder import Encoder
from episodes.system_text import describe_call
from tests.episodes.local_tokenizers import SPECIAL, make_chat_tokenizer, make_tokenizer
from toolworlds.records.base import Json
from toolworlds.tokens.tags import load_tags
from toolworlds.tokens.tokenizer import Tokens
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


def write_turn(name: str, message: dict[str, Json], encoder: Encoder, last: bool) -> str:
    """What a model must write for this message in each format, its closing token included."""
    content, is_call = message["content"], encoder.calls.is_call(message["content"])
    if name == "tags":
        return f"{content}</myPT_assistant>"
    if name.startswith("gemma"):
        return f"{content}<end_of_turn>"
    tool, arguments = encoder.calls.read(content) if is_call else ("", {})
    given = json.dumps(arguments, ensure_ascii=False)
    call = f'<tool_call>\n{{"name": "{tool}", "arguments": {given}}}\n</tool_call><|im_end|>'
    closing, thoughts = ("<|return|>", "<think>\n\n</think>\n\n") if last else ("<|end|>", "")
    written = {
        "chatml": (f"{content}<|im_end|>", call),
        "qwen": (f"{thoughts}{content}<|im_end|>", call),
        "llama3": (f"{content}<|eot_id|>", f'{{"name": "{tool}", "parameters": {given}}}<|eot_id|>'),
        "mistral": (
            f" {content}</s>",
            f'[TOOL_CALLS] [{{"name": "{tool}", "arguments": {given}, "id": "ID"}}]</s>',
        ),
        "gpt_oss": (
            f"<|channel|>final<|message|>{content}{closing}",
            f" to=functions.{tool}<|channel|>commentary json<|message|>{given}<|call|>",
        ),
    }
    return written[name][is_call]


def decode_trained(encoder: Encoder, encoded: Tokens) -> str:
    pairs = zip(encoded.input_ids, encoded.loss_mask, strict=True)
    return encoder.tokenizer.decode([number for number, loss in pairs if loss])


@pytest.mark.parametrize("name", FORMATS)
@given(conversation=conversations())
@settings(max_examples=40, deadline=None)
def test_trained_ids_spell_the_messages_and_nothing_else(name: str, conversation: dict[str, Json]) -> None:
    """For random conversations, what is trained decodes to the assistant's texts and calls, to the letter."""
    encoder = open_encoder(name)
    encoded = encoder.encode(conversation)
    assert len(encoded.input_ids) == len(encoded.loss_mask)
    said = [m for m in conversation["messages"] if m["role"] == "assistant"]
    expected = "".join(write_turn(name, m, encoder, m is said[-1]) for m in said if m["loss"])
    trained = re.sub(r'"id": "call\d{5}"', '"id": "ID"', decode_trained(encoder, encoded))
    assert trained == expected + ("<myPT_eot>" if name == "tags" else "")


@pytest.mark.parametrize(
    ("name", "form"),
    [(n, "native") for n in ("chatml", "llama3", "mistral", "qwen", "gpt_oss")]
    + [("gemma", "plain"), ("gemma2", "joined"), ("tags", None)],
)
def test_a_template_without_tools_gets_calls_as_text(name: str, form: str | None) -> None:
    """Calls go into the fields that a template has for them; where it has none, they are written out."""
    assert open_encoder(name).form == form


def test_tags_are_masked_as_the_contract_says() -> None:
    """All after the opening tag up to the closing one, and the end tag; no opening tag, no line break."""
    encoder = open_encoder("tags")
    talk = {"system": "S.", "messages": [say("user", "Hi"), say("assistant", "Yes.", True)]}
    assert decode_trained(encoder, encoder.encode(talk)) == "Yes.</myPT_assistant><myPT_eot>"


@pytest.mark.parametrize(
    ("name", "trained"),
    [
        ("qwen", "B.<|im_end|><think>\nso\n</think>\n\nD.<|im_end|>"),
        (
            "gpt_oss",
            "<|channel|>final<|message|>B.<|end|><|channel|>analysis<|message|>so<|end|>"
            "<|start|>assistant<|channel|>final<|message|>D.<|return|>",
        ),
    ],
)
def test_reasoning_that_the_template_drops_is_not_expected(name: str, trained: str) -> None:
    """An earlier turn's reasoning is left out by the template; the mask follows what is rendered.

    Where reasoning and answer are two messages of one turn, all between them is the model's to write.
    """
    encoder = open_encoder(name)
    turns = [
        say("user", "A"),
        say("assistant", "B.", True, think="hm"),
        say("user", "C"),
        say("assistant", "D.", True, think="so"),
    ]
    assert decode_trained(encoder, encoder.encode({"messages": turns})) == trained


def test_results_in_a_row_are_merged_without_harm() -> None:
    """Qwen puts them into one user turn; nothing of it is trained."""
    encoder = open_encoder("qwen")
    call = say("assistant", encoder.calls.write("repo.log", {"limit": 3}), True)
    result = say("toolresult", "{}", name="repo.log")
    encoded = encoder.encode(
        {"messages": [say("user", "A"), call, result, result, say("assistant", "D.", True)]}
    )
    assert encoder.tokenizer.decode(encoded.input_ids).count("<|im_start|>user") == 2
    assert "tool_response" not in decode_trained(encoder, encoded)


@pytest.mark.parametrize("name", FORMATS)
def test_a_user_who_writes_special_tokens_is_refused(name: str) -> None:
    """A message that spells the assistant's opening would shift the mask."""
    encoder = open_encoder(name)
    spoof = encoder.write({"messages": [say("user", "A"), say("assistant", "Never said.", True)]})[0]
    with pytest.raises(UserError, match="EP-9: a message holds the special token"):
        encoder.encode({"episode_id": "EP-9", "messages": [say("user", spoof), say("assistant", "B.", True)]})


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (
            "{% for m in messages %}<|im_start|>{{ m.content or m.tool_calls }}<|im_end|>{% endfor %}",
            "told apart",
        ),
        (
            "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ m.tool_calls or '' }}\n{% endfor %}",
            "no special token",
        ),
        (
            "{% for m in messages %}{% if m.role == 'user' %}<|im_start|>{{ m.content }}<|im_end|>{% endif %}"
            "{% endfor %}",
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
    text, _ = encoder.write({"system": system, "messages": [say("user", "A"), say("assistant", "B.", True)]})
    assert "Hello." in text and encoder.calls.opening not in text


def test_tags_that_are_no_single_tokens_are_refused(tmp_path: Path) -> None:
    """Without the tags as tokens there are no ids to go by."""
    encoder = Encoder(make_tokenizer(tmp_path, [], {}, None), TAGS, [])
    with pytest.raises(UserError, match="not one"):
        encoder.encode({"messages": [say("user", "A"), say("assistant", "B.", True)]})
