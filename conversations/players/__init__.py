"""The roles of conversations as the embedded model plays them: by rules, for offline runs."""

from collections.abc import Mapping

from conversations.players.echoing import play_word
from conversations.players.judging import play_judge
from conversations.players.mending import play_rewrite, play_surgical
from toolworlds.models.embedded.model import Player

PLAYERS: Mapping[str, Player] = {
    "conversation_judge.judge": play_judge,
    "conversation_repairer.surgical": play_surgical,
    "conversation_repairer.rewrite": play_rewrite,
    "conversation_writer.word": play_word,
}
