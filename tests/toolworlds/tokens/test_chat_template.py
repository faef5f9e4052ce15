"""Templates of strangers: rendered as `transformers` does, bounded, and refused in one line."""

import pickle
from importlib.util import find_spec
from pathlib import Path

import pytest

from dataset_export.dialogue import Message, TrainingDialogue, Unfit
from dataset_export.formats.skyrl_sft import encode, open_encoder
from tests.episodes.local_tokenizers import make_tokenizer
from tests.toolworlds.tokens.test_families import SPECIAL_TOKEN, TALKS, TOOL
from toolworlds.errors import UserError
from toolworlds.tokens.chat_template import ChatTemplate, Unsuited

TALK = [{"role": "user", "content": "Zoë & <b>"}]
CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
PROMPT = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"


def render(source: str) -> str:
    return ChatTemplate(source, {"bos_token": "<s>"}).render(TALK, [{"b": 1, "a": "é"}])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ bos_token }}{{ messages[0].content | tojson }}", '<s>"Zoë & <b>"'),
        ("{{ tools[0] | tojson(ensure_ascii=True, sort_keys=True) }}", '{"a": "\\u00e9", "b": 1}'),
        ("{{ tools | tojson(separators=(',', ':')) }}", '[{"b":1,"a":"é"}]'),
        ("{{ tools[0] | tojson(indent=1) }}", '{\n "b": 1,\n "a": "é"\n}'),
        ("{{ strftime_now('%Y-%m-%d') }}", "2026-01-01"),
        ("{% for n in range(9) %}{% if n == 2 %}{% break %}{% endif %}{{ n }}{% endfor %}", "01"),
        ("{{ 'none' if documents is none }}", "none"),
    ],
)
def test_filters_and_functions_are_those_of_transformers(source: str, text: str) -> None:
    """Arguments of `tojson`, a date that stays, loop controls, documents that are None."""
    assert render(source) == text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{% for m in messages %}", "not valid: line 1"),
        ("{{ messages | no_such_filter }}", "not valid"),
        ("{{ 'x' * 10**10 }}", "processor time or 1024 MB"),
        (
            "{% set ns = namespace(s='x') %}{% for n in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
            "1024",
        ),
        ("x" * 1_000_001, "more than 1000000 characters"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "5 s of processor",
        ),
    ],
)
def test_a_wrong_template_is_one_line(source: str, reason: str) -> None:
    """Errors of syntax, endless loops, texts without end: the user's to mend, no traceback and no hang."""
    with pytest.raises(UserError, match=reason) as caught:
        render(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ raise_exception('no\n\x1b[31mtools') }}", "refuses a dialogue: no"),
        ("{{ 1 // 0 }}", "division"),
        ("{{ messages[7].content + 'x' }}", "no element 7|has no"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ("{{ messages.__class__.__mro__ }}", "unsafe"),
        ("{% include 'other' %}", "loader"),
        ("{{ strftime_now(3) }}", "argument"),
        ("{% for n in range(90000) %}{{ 'x' * 999 }}{% endfor %}", "longer than"),
    ],
)
def test_what_fails_in_a_template_is_a_reason(source: str, reason: str) -> None:
    """What goes wrong with one conversation refuses that one, in one printable line."""
    with pytest.raises(Unsuited, match=reason) as caught:
        render(source)
    assert str(caught.value).isprintable()


def test_a_template_works_on_after_a_refusal_and_in_another_process() -> None:
    """The worker stays; a copy for another process starts its own."""
    template = ChatTemplate("{{ 7 // messages | length }}", {})
    with pytest.raises(Unsuited):
        template.render([], [])
    assert template.render(TALK, []) == pickle.loads(pickle.dumps(template)).render(TALK, []) == "7"


def test_noncharacters_are_refused(tmp_path: Path) -> None:
    """A record cannot forge the marks by which its spans are found."""
    folder = make_tokenizer(tmp_path, ["<|im_start|>", "<|im_end|>"], {}, CHATML + PROMPT)
    talk = TrainingDialogue("a", (Message("user", "\ufdd00:1\ufdd1"), Message("assistant", "No.")))
    with pytest.raises(Unfit, match="noncharacters"):
        encode(talk, open_encoder(folder))


def list_shipped() -> list[Path]:
    found = find_spec("trl")
    places = found.submodule_search_locations if found else None
    return sorted(file for place in places or [] for file in Path(place).glob("chat_templates/*.jinja"))


@pytest.mark.slow
@pytest.mark.skipif(not list_shipped(), reason="the extra `trainers` is not installed")
def test_every_template_that_trl_ships_is_exact_or_refused(tmp_path: Path) -> None:
    """No traceback; all words and calls of a record are trained, or it is refused with a reason."""
    exact = 0
    for file in list_shipped():
        source = file.read_text()
        special = sorted(
            {*SPECIAL_TOKEN.findall(source), "</s>", "<end_of_turn>", "<turn|>", "<end_of_utterance>"}
        )
        folder = make_tokenizer(tmp_path / file.stem, special, {"bos_token": "", "eos_token": ""}, source)
        encoder = open_encoder(folder)
        for talk in TALKS.values():
            try:
                tokens = encode(TrainingDialogue("a", talk, (TOOL,)), encoder)
            except Unfit as reason:
                assert str(reason).startswith(("the ", "no ")), file.name
                continue
            pairs = zip(tokens.input_ids, tokens.loss_mask, strict=True)
            trained = encoder.tokenizer.decode([number for number, wanted in pairs if wanted])
            said = [message for message in talk if message.role == "assistant"]
            assert all(message.content in trained for message in said), file.name
            assert all(f"{call.name}" in trained for message in said for call in message.calls), file.name
            assert not any(message.content in trained for message in talk if message.role == "user"), (
                file.name
            )
            exact += 1
    assert exact > len(list_shipped())
