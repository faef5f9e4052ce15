"""Chat templates of twelve families, through both factories: exact spans, or refused with the true reason."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import assume, given, settings

from dataset_export.dialogue import DialogueCall, Message, TrainingDialogue, Unfit
from dataset_export.formats.skyrl_sft import encode, open_encoder
from episodes.command import DATA
from episodes.encoder import Encoder
from tests.dataset_export.dialogues import dialogues
from tests.episodes.local_tokenizers import TEMPLATES, make_chat_tokenizer, make_tokenizer
from tests.episodes.test_masking import say
from toolworlds.records.base import Json
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import read_message
from toolworlds.tokens.tags import load_tags
from toolworlds.tokens.tokenizer import Tokenizer, Tokens

OWN = Path(__file__).parent / "chat_templates"
SPECIAL_TOKEN = re.compile(r"<\|[^<>' ]+\|>|\[gMASK\]|<sop>")
TAGS = load_tags(DATA / "tags" / "mypt.json")
TOOL: Json = {
    "type": "function",
    "function": {"name": "find", "description": "Finds.", "parameters": {"type": "object"}},
}
SYSTEM, ASKED, THANKS = (
    Message("system", "Be brief."),
    Message("user", "Who is Zoë?"),
    Message("user", "Thanks."),
)
RESULTS = [Message("tool", '{"id": 7}', call_id=f"call_{n}", name="find") for n in (0, 1)]
ANSWER = Message("assistant", "Number 7.")


def ask(*names: str, words: str = "", thoughts: str = "") -> Message:
    calls = (
        DialogueCall(f"call_{n}", "find", f'{{"who": "{name}", "top": 3}}') for n, name in enumerate(names)
    )
    return Message("assistant", words, thoughts, tuple(calls))


TALKS = {
    "call": (SYSTEM, ASKED, ask("Zoë"), RESULTS[0], ANSWER, THANKS, Message("assistant", "Gladly.")),
    "parallel": (SYSTEM, ASKED, ask("Zoë", "Al"), *RESULTS, ANSWER),
    "beside": (SYSTEM, ASKED, ask("Zoë", words="I look."), RESULTS[0], ANSWER),
    "thoughts": (ASKED, Message("assistant", "Hm."), THANKS, Message("assistant", "Yes.", "Two steps.")),
}
CHATML = '<tool_call>\n{{"name": "find", "arguments": {{"who": "{}", "top": 3}}}}\n</tool_call>'
GLM = (
    "\n<tool_call>find\n<arg_key>who</arg_key>\n<arg_value>{}</arg_value>"
    "\n<arg_key>top</arg_key>\n<arg_value>3</arg_value>\n</tool_call>"
)
KIMI = (
    "<|tool_call_begin|>functions.find:{}<|tool_call_argument_begin|>"
    '{{"who": "{}", "top": 3}}<|tool_call_end|>'
)
DEEPSEEK = '<|call_begin|>function<|sep|>find\n```json\n{{"who": "{}", "top": 3}}\n```<|call_end|>'
PART = '<|call|>{{"arguments": {{"top": 3, "who": "{}"}}, "name": "find"}}'
MISTRAL = '{{"name": "find", "arguments": {{"who": "{}", "top": 3}}, "id": "call0000{}"}}'
OSS = ' to=functions.find<|channel|>commentary json<|message|>{"who": "Zoë", "top": 3}<|call|>'
LLAMA = '{"name": "find", "parameters": {"who": "Zoë", "top": 3}}<|eot_id|>'
END, LAST, EMPTY = "<|im_end|>", "<|end_of_sentence|>", "<think>\n\n</think>\n\n"
NO_CALLS = "leaves out a call"
NO_WORDS = "leaves out an assistant's words"
Expected = list[str] | str
"""The assistant's messages as trained, or why there are none."""
FAMILIES: dict[str, dict[str, Expected]] = {
    "chatml": {
        "call": [CHATML.format("Zoë") + END, f"Number 7.{END}", f"Gladly.{END}"],
        "parallel": [f"{CHATML.format('Zoë')}\n{CHATML.format('Al')}{END}", f"Number 7.{END}"],
        "beside": [f"I look.{CHATML.format('Zoë')}{END}", f"Number 7.{END}"],
        "thoughts": [f"Hm.{END}", f"Yes.{END}"],
    },
    "qwen": {
        "call": [CHATML.format("Zoë") + END, f"Number 7.{END}", f"{EMPTY}Gladly.{END}"],
        "parallel": [f"{CHATML.format('Zoë')}\n{CHATML.format('Al')}{END}", f"{EMPTY}Number 7.{END}"],
        "beside": [f"I look.\n{CHATML.format('Zoë')}{END}", f"{EMPTY}Number 7.{END}"],
        "thoughts": [f"Hm.{END}", f"<think>\nTwo steps.\n</think>\n\nYes.{END}"],
    },
    "llama3": {
        "call": [LLAMA, "Number 7.<|eot_id|>", "Gladly.<|eot_id|>"],
        "parallel": "Only one call a turn",
        "beside": NO_WORDS,
        "thoughts": ["Hm.<|eot_id|>", "Yes.<|eot_id|>"],
    },
    "mistral": {
        "call": [f"[TOOL_CALLS] [{MISTRAL.format('Zoë', 0)}]</s>", " Number 7.</s>", " Gladly.</s>"],
        "parallel": [
            f"[TOOL_CALLS] [{MISTRAL.format('Zoë', 0)}, {MISTRAL.format('Al', 1)}]</s>",
            " Number 7.</s>",
        ],
        "beside": NO_WORDS,
        "thoughts": [" Hm.</s>", " Yes.</s>"],
    },
    "gpt_oss": {
        "call": [
            OSS,
            "<|channel|>final<|message|>Number 7.<|end|>",
            "<|channel|>final<|message|>Gladly.<|return|>",
        ],
        "parallel": NO_CALLS,
        "beside": NO_WORDS,
        "thoughts": [
            "<|channel|>final<|message|>Hm.<|end|>",
            "<|channel|>analysis<|message|>Two steps.<|end|><|start|>assistant"
            "<|channel|>final<|message|>Yes.<|return|>",
        ],
    },
    "glm": {
        "call": [
            f"\n<think></think>{GLM.format('Zoë')}<|observation|>",
            "\n<think></think>\nNumber 7.<|user|>",
            "\n<think></think>\nGladly.",
        ],
        "parallel": [
            f"\n<think></think>{GLM.format('Zoë')}{GLM.format('Al')}<|observation|>",
            "\n<think></think>\nNumber 7.",
        ],
        "beside": [
            f"\n<think></think>\nI look.{GLM.format('Zoë')}<|observation|>",
            "\n<think></think>\nNumber 7.",
        ],
        "thoughts": ["\n<think></think>\nHm.<|user|>", "\n<think>Two steps.</think>\nYes."],
    },
    "kimi": {
        "call": [
            f"<|tool_calls_section_begin|>{KIMI.format(0, 'Zoë')}<|tool_calls_section_end|>{END}",
            f"Number 7.{END}",
            f"Gladly.{END}",
        ],
        "parallel": [
            f"<|tool_calls_section_begin|>{KIMI.format(0, 'Zoë')}{KIMI.format(1, 'Al')}"
            f"<|tool_calls_section_end|>{END}",
            f"Number 7.{END}",
        ],
        "beside": [
            f"I look.<|tool_calls_section_begin|>{KIMI.format(0, 'Zoë')}<|tool_calls_section_end|>{END}",
            f"Number 7.{END}",
        ],
        "thoughts": [f"Hm.{END}", f"Yes.{END}"],
    },
    "deepseek": {
        "call": [
            f"<|calls_begin|>{DEEPSEEK.format('Zoë')}<|calls_end|>{LAST}",
            f"Number 7.{LAST}",
            f"Gladly.{LAST}",
        ],
        "parallel": [
            f"<|calls_begin|>{DEEPSEEK.format('Zoë')}\n{DEEPSEEK.format('Al')}<|calls_end|>{LAST}",
            f"Number 7.{LAST}",
        ],
        "beside": [f"I look.<|calls_begin|>{DEEPSEEK.format('Zoë')}<|calls_end|>{LAST}", f"Number 7.{LAST}"],
        "thoughts": [f"Hm.{LAST}", f"Yes.{LAST}"],
    },
    "parts": {
        "call": [f"{PART.format('Zoë')}{END}", f"Number 7.{END}", f"Gladly.{END}"],
        "parallel": [f"{PART.format('Zoë')}{PART.format('Al')}{END}", f"Number 7.{END}"],
        "beside": [f"I look.{PART.format('Zoë')}{END}", f"Number 7.{END}"],
        "thoughts": [f"Hm.{END}", f"Yes.{END}"],
    },
    "silent": {
        "call": NO_CALLS,
        "parallel": NO_CALLS,
        "beside": NO_CALLS,
        "thoughts": [f"Hm.{END}", f"Yes.{END}"],
    },
    "nothink": {
        "call": NO_CALLS,
        "parallel": NO_CALLS,
        "beside": NO_CALLS,
        "thoughts": [f"Hm.{END}", f"Yes.{END}"],
    },
    "gemma2": {
        "call": "take turns",
        "parallel": "take turns",
        "beside": "take turns",
        "thoughts": ["Hm.<end_of_turn>", "Yes.<end_of_turn>"],
    },
}


@cache
def make_folder(family: str) -> Path:
    folder = Path(mkdtemp())
    if (TEMPLATES / f"{family}.jinja").exists():
        return make_chat_tokenizer(folder, family)
    source = (OWN / f"{family}.jinja").read_text()
    special = sorted(set(SPECIAL_TOKEN.findall(source)))
    return make_tokenizer(folder, special, {"bos_token": "", "eos_token": ""}, source)


def read_runs(tokens: Tokens, tokenizer: Tokenizer) -> list[str]:
    """The texts of the runs of trained ids."""
    runs: list[list[int]] = []
    for place, (number, trained) in enumerate(zip(tokens.input_ids, tokens.loss_mask, strict=True)):
        if trained and not (place and tokens.loss_mask[place - 1]):
            runs.append([])
        if trained:
            runs[-1].append(number)
    return [tokenizer.decode(run) for run in runs]


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_an_export_is_exact_or_refused(family: str, talk: str) -> None:
    """One call and several at once, words beside a call, thoughts: what is trained, to the letter."""
    expected = FAMILIES[family][talk]
    encoder = open_encoder(make_folder(family))
    tools = (TOOL,) if family != "gemma2" else ()
    dialogue = TrainingDialogue("a", TALKS[talk], tools)
    if isinstance(expected, str):
        with pytest.raises(Unfit, match=expected):
            encode(dialogue, encoder)
    else:
        assert read_runs(encode(dialogue, encoder), encoder.tokenizer) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_an_episode_is_exact(family: str) -> None:
    """The same words and calls; where a template knows no calls, they stand between the episode's tags."""
    encoder = Encoder(make_folder(family), TAGS, [TOOL] if family != "gemma2" else [])
    call = encoder.calls.write("find", {"who": "Zoë", "top": 3})
    messages = [say("user", "Who?"), say("assistant", call, True), say("toolresult", '{"id":7}', name="find")]
    messages += [
        say("assistant", "Number 7.", True),
        say("user", "Thanks."),
        say("assistant", "Gladly.", True),
    ]
    runs = read_runs(encoder.encode({"system": "S.", "messages": messages}), encoder.tokenizer)
    expected = FAMILIES[family]["call"]
    if isinstance(expected, str):
        end = "<end_of_turn>" if family == "gemma2" else END
        expected = [f"{call}{end}", f"Number 7.{end}", f"Gladly.{end}"]
    assert [run.replace("call00001", "call00000") for run in runs] == expected


def test_a_mistake_is_not_trained() -> None:
    """An untrained call leaves no trained id, the opening that ends it included."""
    for family in ("glm", "deepseek", "kimi"):
        encoder = Encoder(make_folder(family), TAGS, [TOOL])
        call = say("assistant", encoder.calls.write("find", {"who": "x"}), False)
        talk = [say("user", "A"), call, say("toolresult", "{}", name="find"), say("assistant", "No.", True)]
        [run] = read_runs(encoder.encode({"messages": talk}), encoder.tokenizer)
        assert "No." in run and "find" not in run


@given(dialogues())
@settings(max_examples=60, deadline=None)
def test_what_is_trained_reads_back(dialogue: TrainingDialogue) -> None:
    """For random dialogues, the trained ids spell the assistant's words and calls, and nothing else."""
    said = [message for message in dialogue.messages if message.role == "assistant"]
    assume(not any("\ufdd0" <= c <= "\ufdd3" for message in dialogue.messages for c in message.content))
    encoder = open_encoder(make_folder("chatml"))
    runs = read_runs(encode(dialogue, encoder), encoder.tokenizer)
    assert len(runs) == len(said)
    for run, message in zip(runs, said, strict=True):
        spoken = read_message(run.removesuffix(END))
        assert spoken.text == (message.content.removesuffix("\n") if message.calls else message.content)
        calls: Sequence[ToolCall] = [
            ToolCall(name=c.name, arguments=c.read_arguments()) for c in message.calls
        ]
        assert spoken.calls == calls
