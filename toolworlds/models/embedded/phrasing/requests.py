"""One turn's request: what is to be done, to what, with which values, and what is to be reported."""

from collections.abc import Mapping

from toolworlds.language.phrases import choose, fill
from toolworlds.language.words import raise_first
from toolworlds.models.embedded.phrasing.details import Details
from toolworlds.models.embedded.phrasing.facts import word_facts
from toolworlds.models.embedded.phrasing.imperatives import speak_argument, word_imperative
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn

BACKGROUND = 0.4
"""How often a first request tells what makes someone ask."""
JOINED = 0.5
"""How often the question for facts stands in the same sentence."""
ASIDE = 0.3
"""How often a change that opens a task comes with a word on why it comes up."""
SHORT = 80
"""Characters up to which an imperative is short."""


def word_request(turn: PlannedTurn) -> str:
    """The request for a sampled call and its facts. Raises Unspeakable."""
    spoken = {meaning.name: speak_argument(turn, meaning) for meaning in turn.given()}
    imperative, details = word_imperative(turn, spoken)
    return " ".join([*_word_background(turn), *_assemble(turn, spoken, imperative, details)])


def _assemble(turn: PlannedTurn, spoken: Mapping[str, str], imperative: str, details: Details) -> list[str]:
    """The sentences: the work, its details, and the question for facts, in one sentence or apart."""
    register, rng = turn.style.register, turn.rng
    aside = not turn.earlier and turn.tool.spec.effect == "write" and rng.random() < ASIDE
    moods = register["asides" if aside else "moods"]
    asked = word_facts(turn, spoken)
    joined = bool(asked) and not details.breaks_off and rng.random() < JOINED
    if joined:
        imperative = choose(rng, register["joined"], do=imperative, **asked)
    suitable = [mood for mood in moods if _suits(mood, imperative, joined)]
    mood = suitable[len(turn.earlier) % len(suitable)]
    sentences = [fill(mood, {"do": imperative, "ours": imperative, "short": imperative}), details.after]
    if asked and not joined:
        tells = register["tells"]
        sentences.append(fill(tells[len(turn.earlier) % len(tells)], asked))
    return [raise_first(sentence) for sentence in sentences if sentence]


def _suits(mood: str, imperative: str, joined: bool) -> bool:
    """Whether an imperative fits the mood: see `moods` in `phrases/registers.yml`."""
    speaks_of_me = joined or " me " in f"{imperative} "
    if "{short}" in mood:
        return not speaks_of_me and len(imperative) <= SHORT
    return "{ours}" not in mood or not speaks_of_me


def _word_background(turn: PlannedTurn) -> list[str]:
    """Perhaps a sentence about what makes someone ask, before the first turn only."""
    if turn.earlier or turn.rng.random() >= BACKGROUND:
        return []
    kind = turn.domain[turn.tool.collection]
    return [choose(turn.rng, load_phrases("backgrounds"), thing=kind.noun, things=kind.plural)]
