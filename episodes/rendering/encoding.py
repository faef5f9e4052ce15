"""An episode as token ids with its loss mask, and the check that the mask is right."""

import re
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import get_args

import orjson

from episodes.call_format import CallFormat
from episodes.rendering.chat_format import ChatForm, ChatTemplate, to_chat
from episodes.rendering.learning import learn_borders
from episodes.rendering.masking import Borders, borders_of_tags, find_turns, mask_ids
from episodes.rendering.tag_format import render_tags
from episodes.rendering.tokenizer import Tokenizer
from episodes.tags import TagSet
from toolworlds.records.base import Json
from utils import UserError


@dataclass(frozen=True, slots=True)
class Encoded:
    """Ids and mask, both of the whole episode."""

    input_ids: list[int]
    loss_mask: list[int]


class Encoder:
    """Renders through the tokenizer's chat template, or through the tags where it has none."""

    def __init__(self, folder: Path, tags: TagSet, tools: list[Json]) -> None:
        self.tokenizer = Tokenizer(folder)
        self.tags = tags
        self.calls = CallFormat(*tags.toolcall)
        self.tools = tools

    @cached_property
    def template(self) -> ChatTemplate | None:
        """The chat template, if the tokenizer has one."""
        source = self.tokenizer.chat_template
        names = ("bos_token", "eos_token")
        return ChatTemplate(source, {n: self.tokenizer.name_token(n) for n in names}) if source else None

    @cached_property
    def _learnt(self) -> tuple[ChatForm, Borders]:
        """The first form of chat that the template can be masked in; raises UserError where it is none."""
        refusals: list[UserError] = []
        for form in get_args(ChatForm):
            try:
                return form, learn_borders(partial(self._encode, form), self.calls, self.tokenizer)
            except UserError as error:
                refusals.append(error)
        raise UserError("; with calls as text: ".join(dict.fromkeys(map(str, refusals))))

    @property
    def form(self) -> ChatForm | None:
        """How episodes become chats; None without a chat template."""
        return self._learnt[0] if self.template else None

    @cached_property
    def borders(self) -> Borders:
        """What tells the assistant's turns; raises UserError where nothing does."""
        return self._learnt[1] if self.template else borders_of_tags(self.tags, self.tokenizer)

    @cached_property
    def pad_id(self) -> int:
        """What fills a pack: the tag or token that ends a text, else one that closes a turn."""
        end = self.tags.end if self.template is None else self.tokenizer.name_token("eos_token")
        ids = self.tokenizer.encode(end)
        return ids[0] if len(ids) == 1 else min(self.borders.closings)

    @cached_property
    def weights(self) -> dict[int, float]:
        """Token id -> weight of its loss: ends and calls 2, thoughts and citations 1.5; 1 where not named."""
        weights = dict.fromkeys((*self.borders.closings, *self.borders.always), 2.0)
        if self.template is None:
            pairs = {self.tags.toolcall: 2.0, self.tags.think: 1.5, self.tags.cite: 1.5}
            weights |= {self.tokenizer.encode(tag)[0]: w for pair, w in pairs.items() for tag in pair}
        return weights

    def render(self, conversation: dict[str, Json]) -> str:
        """The text that is trained on."""
        if self.form is None:
            return render_tags(conversation, self.tags)
        return self._render(self.form, conversation)

    def _render(self, form: ChatForm, conversation: dict[str, Json], prompt: bool = False) -> str:
        assert self.template is not None
        tools = self.tools if form == "native" else []
        return self.template.render(to_chat(conversation, self.calls, form), tools, prompt)

    def _encode(self, form: ChatForm, conversation: dict[str, Json], prompt: bool = False) -> list[int]:
        return self.tokenizer.encode(self._render(form, conversation, prompt))

    def encode(self, conversation: dict[str, Json]) -> Encoded:
        """Ids and mask; raises UserError where a message holds special tokens, or the mask is wrong."""
        name = conversation.get("episode_id")
        if found := self._find_special(conversation):
            raise UserError(f"episode {name}: a message holds the special token {found}; remove it")
        losses = [bool(m["loss"]) for m in conversation["messages"] if m["role"] == "assistant"]
        ids = self.tokenizer.encode(self.render(conversation))
        try:
            encoded = Encoded(ids, mask_ids(ids, self.borders, losses))
        except ValueError as error:
            raise UserError(f"episode {name}: {error}; use another template") from error
        if faults := check_mask(conversation, encoded, self):
            raise UserError(f"episode {name}: {faults[0]}; use another template")
        return encoded

    @cached_property
    def _special(self) -> re.Pattern[str]:
        texts = sorted(filter(None, self.tokenizer.special.values()), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, texts)) or r"(?!)")

    def _find_special(self, conversation: dict[str, Json]) -> str | None:
        """A special token in what was said: it would be read as one, and open or close a turn."""
        for message in conversation["messages"]:
            content = message["content"]
            if message["role"] == "assistant":
                content = content.removeprefix(self.calls.opening).removesuffix(self.calls.closing)
            for text in (content, *(message.get(part) or "" for part in ("think", "cite", "context"))):
                if match := self._special.search(text):
                    return match.group()
        return None


def check_mask(conversation: dict[str, Json], encoded: Encoded, encoder: Encoder) -> list[str]:
    """What is wrong with a mask: what it trains must spell the trained messages, and nothing else."""
    ids, mask, borders = encoded.input_ids, encoded.loss_mask, encoder.borders
    if len(ids) != len(mask):
        return [f"{len(mask)} mask values for {len(ids)} ids"]
    faults = []
    said = [m for m in conversation["messages"] if m["role"] == "assistant"]
    inside = [False] * len(ids)
    for (start, end), message in zip(find_turns(ids, borders), said, strict=True):
        inside[start:end] = [True] * (end - start)
        if mask[start:end] != [int(message["loss"])] * (end - start):
            faults.append("a turn is masked in part, or against its loss")
        if not spells(encoder.tokenizer.decode(ids[start : end - 1]), message, encoder.calls):
            faults.append(f"a turn's ids do not spell the message {message['content'][:60]!r}")
    outside = zip(ids, mask, inside, strict=True)
    if any(m and not i and n not in borders.always for n, m, i in outside):
        faults.append("an id outside of the assistant's turns is trained")
    return faults


def spells(text: str, message: dict[str, Json], calls: CallFormat) -> bool:
    """Whether a turn's text ends with the message: its words, or a call with its name and arguments."""
    content = message["content"]
    if not calls.is_call(content) or content in text:
        return text.strip().endswith(content.strip()) or (bool(message.get("cite")) and content in text)
    name, arguments = calls.read(content)
    return name in text and arguments in list(_find_objects(text))


def _find_objects(text: str) -> list[Json]:
    """Every JSON object in a text, and what stands under its `arguments` or `parameters`."""
    found: list[Json] = []
    for start in (n for n, c in enumerate(text) if c == "{"):
        for end in (n for n in range(len(text), start, -1) if text[n - 1] == "}"):
            try:
                value = orjson.loads(text[start:end])
            except orjson.JSONDecodeError:
                continue
            inner = [value[key] for key in ("arguments", "parameters") if key in value]
            return [*found, value, *inner]
    return found
