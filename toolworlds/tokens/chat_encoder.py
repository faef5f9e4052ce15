"""Messages as token ids through a tokenizer's chat template, trained where the assistant speaks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from toolworlds.records.base import Json
from toolworlds.tokens.chat_forms import ChatForm, list_forms
from toolworlds.tokens.chat_spans import (
    BEGIN,
    Borders,
    Seen,
    check_spans,
    group_generated,
    mark,
    read_marks,
    refuse_marks,
)
from toolworlds.tokens.chat_template import Chat, ChatTemplate, Unsuited
from toolworlds.tokens.tokenizer import Span, Tokenizer, Tokens

_SYSTEM: dict[str, Json] = {"role": "system", "content": "Be short."}
_ASKED: dict[str, Json] = {"role": "user", "content": "assistant model user tool"}
_SAID: dict[str, Json] = {"role": "assistant", "content": "Qk4 indeed."}
_CALLED: dict[str, Json] = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {
            "id": "call_0",
            "type": "function",
            "function": {"name": "probe_look", "arguments": {"query": "Zq7", "limit": 3}},
        }
    ],
}
_RESULT: dict[str, Json] = {
    "role": "tool",
    "name": "probe_look",
    "tool_call_id": "call_0",
    "content": '{"assistant": "model"}',
}
_WORDS = (_SYSTEM, _ASKED, _SAID, _ASKED, _SAID)
_CALLS = (_SYSTEM, _ASKED, _CALLED, _RESULT, _SAID)
_THOUGHTS = (_ASKED, {**_SAID, "reasoning_content": "Wj8 perhaps."})


@dataclass(frozen=True, slots=True)
class Written:
    """A conversation as text, and where each of the assistant's messages stands in it, in order."""

    text: str
    spans: list[list[Span]]

    def keep(self, trained: Sequence[bool]) -> list[Span]:
        """The spans of those messages that are learnt."""
        return [span for spans, wanted in zip(self.spans, trained, strict=True) if wanted for span in spans]


class ChatEncoder:
    """One template with its tokenizer; learns from a few probes which form of messages the template takes."""

    def __init__(self, tokenizer: Tokenizer, template: ChatTemplate) -> None:
        self.tokenizer = tokenizer
        self.template = template
        self._special = tuple(filter(None, tokenizer.special.values()))

    @cached_property
    def words(self) -> tuple[ChatForm, Borders] | Unsuited:
        """The form in which words alone are exact; why there is none otherwise."""
        return self._learn(_WORDS)

    @cached_property
    def calls(self) -> tuple[ChatForm, Borders] | Unsuited:
        """The form in which calls and results are exact as well; why there is none otherwise."""
        return self._learn(_CALLS)

    @cached_property
    def _chosen(self) -> tuple[ChatForm, Borders]:
        """The form that holds calls, else the one that holds words; raises Unsuited where none does."""
        learnt = self.words if isinstance(self.calls, Unsuited) else self.calls
        if isinstance(learnt, Unsuited):
            raise learnt
        return learnt

    @cached_property
    def closings(self) -> frozenset[int]:
        """The ids of the special tokens that end the assistant's messages."""
        probes = [_WORDS] if isinstance(self.calls, Unsuited) else [_WORDS, _CALLS]
        texts = [
            written.text[spans[-1][0] : spans[-1][1]].rstrip("\n ")
            for written in (self.write(probe, []) for probe in probes)
            for spans in written.spans
        ]
        special = self.tokenizer.special.items()
        return frozenset(number for number, token in special if any(text.endswith(token) for text in texts))

    def _learn(self, probe: Chat) -> tuple[ChatForm, Borders] | Unsuited:
        refusals: list[Unsuited] = []
        for form in list_forms():
            try:
                borders = self._learn_borders(form)
                self._write(probe, [], form, borders)
                return self._place_thoughts(form, borders), borders
            except Unsuited as refusal:
                refusals.append(refusal)
        return refusals[0]

    def _place_thoughts(self, form: ChatForm, borders: Borders) -> ChatForm:
        """The form whose thoughts the template shows; the usual one where it shows none."""
        for tried in (form, replace(form, thoughts="thinking")):
            try:
                if _THOUGHTS[1]["reasoning_content"] in self._write(_THOUGHTS, [], tried, borders).text:
                    return tried
            except Unsuited:
                continue
        return form

    def _learn_borders(self, form: ChatForm) -> Borders:
        """What stands around words. Raises Unsuited where nothing tells the assistant's from a user's."""
        chat = mark(form.shape(_WORDS[1:]))
        views = [(0, 1, False), (0, 1, True), (0, 2, False), (0, 3, False)]
        bare, asked, said, more = map(read_marks, self.template.render_views([chat], [], views))
        prompt = asked.text.removeprefix(bare.text) if asked.text.startswith(bare.text) else ""
        borders = Borders(self._special, prompt)
        start, last = borders.find_start(said, asked, 1), said.find_anchor(1)
        opening = said.text[start : said.find(1, BEGIN, start)]
        if not prompt and opening.strip():
            if not any(token in opening for token in self._special):
                raise Unsuited("no special token opens the assistant's turn in the chat template")
            if more.text[: more.find(2, BEGIN)].endswith(opening):
                raise Unsuited("the turns of the chat template cannot be told apart")
            borders = replace(borders, opening=opening)
        borders = replace(borders, closes=bool(said.text[last:].strip()))
        end = borders.find_end(more, said, 1, borders.find_start(more, asked, 1), start)
        if not more.text[:end].endswith(self._special):
            raise Unsuited("no special token ends the assistant's turn in the chat template")
        return borders

    def write(self, messages: Chat, tools: Sequence[Json]) -> Written:
        """Text and spans of messages in OpenAI's shape, arguments as objects.

        Raises Unsuited where the template refuses them or does not render every word and call exactly.
        """
        return self._write(messages, tools, *self._chosen)

    def _write(self, messages: Chat, tools: Sequence[Json], form: ChatForm, borders: Borders) -> Written:
        refuse_marks([list(messages), list(tools)])
        plain = form.shape(messages)
        said = [number for number, message in enumerate(plain) if message["role"] == "assistant"]
        views = [(1, len(plain), False), (0, len(plain), False)]
        if not self.template.marks:
            views += [view for n in said for view in ((1, n, True), (1, n + 1, False))]
        texts = self.template.render_views([plain, mark(plain)], tools, views)
        full, untouched, *others = map(read_marks, texts)
        if full.text != untouched.text:
            raise Unsuited("the chat template changes with the ends of its texts")
        marks = self.template.marks
        spans = group_generated(full, said) if marks else _find_spans(full, others, said, borders)
        check_spans(full, plain, dict(zip(said, spans, strict=True)))
        return Written(full.text, spans)

    def encode(self, messages: Chat, tools: Sequence[Json], trained: Sequence[bool]) -> Tokens:
        """Ids and mask; `trained` says of each message of the assistant whether it is learnt."""
        written = self.write(messages, tools)
        return self.tokenizer.encode_spans(written.text, written.keep(trained))


def _find_spans(
    full: Seen, others: Sequence[Seen], said: Sequence[int], borders: Borders
) -> list[list[Span]]:
    """One span a message; `others` are for each the prompt for it, and the text in which it is the last."""
    spans: list[list[Span]] = []
    for message, before, alone in zip(said, others[::2], others[1::2], strict=True):
        previous = spans[-1][0][0] if spans else 0
        start = borders.find_start(full, before, message, previous)
        alone_start = borders.find_start(alone, before, message)
        spans.append([(start, borders.find_end(full, alone, message, start, alone_start))])
    return spans
