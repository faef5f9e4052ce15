"""Chat templates are rendered as `transformers` renders them."""

from datetime import datetime
from pathlib import Path

import pytest

from episodes.command import DATA
from episodes.encoder import Encoder, to_chat, to_functions
from episodes.toolsets.base import ToolBox
from tests.episodes.local_tokenizers import BOS, EOS, SPECIAL, make_chat_tokenizer
from tests.episodes.test_masking import say
from toolworlds.records.base import Json
from toolworlds.tokens.chat_forms import ChatForm
from toolworlds.tokens.chat_template import Unsuited
from toolworlds.tokens.tags import load_tags
from toolworlds.tokens.template_worker import TODAY

TAGS = load_tags(DATA / "tags" / "default.json")


def make_talks(encoder: Encoder) -> list[dict[str, Json]]:
    call = say("assistant", encoder.calls.write("repo.log", {"path": "grün/ü.py", "limit": 3}), True)
    result = say("toolresult", '{"commits":[{"subject":"„Maß“ < 3"}],"total":1}', name="repo.log")
    said = say("assistant", "It was „Maß“ & more.", True, think="Zwei Schritte.")
    user = say("user", "Was ist <das>?\nAnd that?")
    return [
        {"system": "Be short.", "messages": [user, said]},
        {"system": "Be short.", "messages": [user, call, result, said, user, said]},
        {"messages": [user, call, result, call, result, said]},
    ]


def learn_form(encoder: Encoder) -> ChatForm:
    assert encoder.chat is not None
    learnt = encoder.chat.calls if encoder.form == "native" else encoder.chat.words
    assert not isinstance(learnt, Unsuited)
    return learnt[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SPECIAL))
@pytest.mark.parametrize("prompt", [False, True])
def test_transformers_renders_the_same(name: str, prompt: bool, tools: ToolBox, tmp_path: Path) -> None:
    """The same text for every template, with tools and without, with the generation prompt and without."""
    transformers = pytest.importorskip("transformers")
    folder = make_chat_tokenizer(tmp_path, name)
    encoder = Encoder(folder, TAGS, to_functions(tools.specs))
    theirs = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), bos_token=BOS.get(name), eos_token=EOS.get(name)
    )
    assert encoder.chat is not None and encoder.form is not None
    template = encoder.chat.template
    form = learn_form(encoder)
    for talk in make_talks(encoder):
        chat = form.shape(to_chat(talk, encoder.calls, encoder.form))
        for functions in (None, encoder.tools) if encoder.form == "native" else (None,):
            rendered = theirs.apply_chat_template(
                chat,
                chat_template=(folder / "chat_template.jinja").read_text(),
                tools=functions,
                add_generation_prompt=prompt,
                tokenize=False,
            )
            for date in ("%d %b %Y", "%Y-%m-%d"):
                rendered = rendered.replace(datetime.now().strftime(date), TODAY.strftime(date))
            assert template.render(chat, functions or [], prompt) == rendered


@pytest.mark.slow
def test_transformers_marks_the_same_ids(tools: ToolBox, tmp_path: Path) -> None:
    """Where a template has generation marks, the mask by them is the mask that is learnt from the ids."""
    transformers = pytest.importorskip("transformers")
    folder = make_chat_tokenizer(tmp_path, "chatml")
    encoder = Encoder(folder, TAGS, to_functions(tools.specs))
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    for talk in make_talks(encoder):
        marked = theirs.apply_chat_template(
            to_chat(talk, encoder.calls, "native"),
            chat_template=(folder / "chat_template.jinja").read_text(),
            tools=encoder.tools,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        encoded = encoder.encode(talk)
        assert (marked["input_ids"], marked["assistant_masks"]) == (encoded.input_ids, encoded.loss_mask)
