"""A dialogue in the making: what was said, called and answered so far."""

import random
from dataclasses import dataclass, field

from episodes.answers import Exchange, compose_answer
from episodes.results import Results
from episodes.toolsets.base import Arguments, Result, ToolBox
from toolworlds.records.episodes import EpisodeMessage, Language
from toolworlds.tokens.call_format import CallFormat


class MisfitError(Exception):
    """What the tools gave does not bear the answer that was planned; another draw is made."""


@dataclass(slots=True)
class Dialogue:
    """Grows message by message; every result is the tool's own."""

    tools: ToolBox
    calls: CallFormat
    results: Results
    language: Language
    rng: random.Random
    messages: list[EpisodeMessage] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    """All calls so far."""
    cited: list[str] = field(default_factory=list)
    asked: str = ""
    """What the user wrote last."""
    _answered: int = 0

    def user(self, text: str) -> None:
        """The user writes."""
        self.asked = text
        self.messages.append(EpisodeMessage(role="user", content=text))

    def call(self, name: str, arguments: Arguments, loss: bool = True) -> Result:
        """The assistant calls a tool; returns its result as the assistant sees it."""
        full = self.tools.execute(name, arguments)
        shown = self.results.show(name, arguments, full)
        self.messages.append(
            EpisodeMessage(role="assistant", content=self.calls.write(name, arguments), loss=loss)
        )
        self.messages.append(EpisodeMessage(role="toolresult", name=name, content=self.results.write(shown)))
        self.exchanges.append(Exchange(name, arguments, shown))
        return shown

    def answer(self, about: str = "") -> None:
        """The assistant answers from the results since it last did; raises MisfitError if they hold none."""
        answer = compose_answer(
            self.language, about or self.asked, self.exchanges[self._answered :], self.rng
        )
        if answer is None:
            raise MisfitError(f"no answer in the results of {self.exchanges[-1].name}")
        self.cited += answer.cites
        self._answered = len(self.exchanges)
        self.say(answer.text)

    def say(self, text: str) -> None:
        """The assistant writes."""
        self.messages.append(EpisodeMessage(role="assistant", content=text, loss=True))
