"""One episode on a row: calls are answered as they come, and the end is judged."""

from collections import Counter

from toolworlds.records.base import Json
from toolworlds.records.tools import ReplySource, ToolReply
from toolworlds.sessions.answers import CallAnswerer, answer_by_code
from toolworlds.sessions.open_rows import AnyRow, OpenRow, open_row
from toolworlds.sessions.reward import Reward, judge, mask
from toolworlds.tokens.call_format import Unreadable, read_call
from toolworlds.world.replay import UnansweredCall


class Session:
    """An episode at its beginning; sessions may run in any number of threads, one episode in one at a time.

    `answer` says who answers calls: code alone, or a model where code cannot (`model_answers.py`). Raises
    UserError for what is no certified row.
    """

    def __init__(self, row: AnyRow | OpenRow, answer: CallAnswerer = answer_by_code) -> None:
        self.opened = open_row(row)
        self._answer = answer
        self.reset()

    def reset(self) -> None:
        """Back to the beginning."""
        self.state = self.opened.row.initial_state
        self.fault = ""
        """Why the episode became invalid; empty while it is valid."""
        self.sources: Counter[ReplySource] = Counter()
        """Who answered the calls so far."""

    def step(self, call: Json) -> ToolReply:
        """What a call returns; `toolworlds.tokens.call_format.read_call` says in which forms it may come.

        A call that makes no sense returns 400 and changes nothing. Raises UnansweredCall where the world
        cannot answer; the episode is invalid from then on, and every later step raises as well.
        """
        if self.fault:
            raise UnansweredCall(self.fault)
        asked = call if isinstance(call, Unreadable) else read_call(call)
        if isinstance(asked, Unreadable):
            reply = ToolReply(status=400, reply={"error": asked.problem}, source="gate")
        else:
            try:
                self.state, reply = self._answer(self.opened, self.state, asked)
            except UnansweredCall as fault:
                self.fault = str(fault)
                raise
        self.sources[reply.source] += 1
        return reply

    def score(self, message: str | None) -> Reward:
        """What the episode is worth if it ends here with this message; None: it was cut short before one."""
        return mask(self.fault) if self.fault else judge(self.opened.row, self.state, message)
