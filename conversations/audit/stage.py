"""The story of a conversation under audit: judged, mended where it falls short, judged again."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.audit.checks import check_conversation
from conversations.audit.problems import BESIDE_MESSAGES
from conversations.audit.repair import OpenExecutor, RepairTrial
from conversations.audit.store import Judgement, JudgementStore, RepairAttempt, Strategy
from conversations.audit.truth import CompiledRegistry
from conversations.cards import Card, show_messages, show_tools
from roles.conversation_judge import ConversationJudge, ConversationVerdict, score_conversation
from roles.conversation_repairer import ConversationRepairer
from toolworlds.records.base import Json
from toolworlds.records.completions import RefusalError, ReplyError
from toolworlds.records.conversations import Conversation, JudgeScores


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """What a run asks of conversations."""

    threshold: float
    """Of the gates: t, t, max(t - 0.5, 1), t."""
    max_repairs: int
    """0: judge only."""
    judge_model: str
    """As the scores name it."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A conversation as it stands, with its verdict."""

    conversation: Conversation
    verdict: ConversationVerdict
    scores: JudgeScores

    @property
    def rank(self) -> tuple[bool, float]:
        """The greater, the better."""
        return self.scores.passed, self.scores.mean_score or 0


class ConversationAudit:
    """Judges and repairs single conversations."""

    def __init__(
        self,
        store: JudgementStore,
        judge: ConversationJudge,
        repairer: ConversationRepairer,
        registry: CompiledRegistry,
        open_executor: OpenExecutor,
        settings: AuditSettings,
    ) -> None:
        self._store = store
        self._judge = judge
        self._repairer = repairer
        self._registry = registry
        self._open_executor = open_executor
        self._settings = settings

    def prompts(self) -> dict[str, Json]:
        """The prompts that shape the output."""
        repair = self._repairer.prompts() if self._settings.max_repairs else {}
        return {**self._judge.prompts(), **repair}

    async def audit_conversation(self, name: str) -> str:
        """Brings one conversation to a verdict: `passed`, `repaired` or `failed`."""
        best = await self._judge_one(name, self._store.load(name))
        attempts: list[RepairAttempt] = []
        for number in range(1, self._settings.max_repairs + 1):
            problems = self._list_problems(best)
            if not problems:
                break
            attempt, mended = await self._try_repair(f"{name}/repair{number}", number, best, problems)
            attempts.append(attempt)
            if mended is not None and mended.rank >= best.rank:
                best = mended
        self._store.save(name, Judgement(conversation=best.conversation, repairs=tuple(attempts)))
        if not best.scores.passed:
            return "failed"
        return "repaired" if any(attempt.outcome == "passed" for attempt in attempts) else "passed"

    async def _judge_one(self, item: str, conversation: Conversation) -> _Judged:
        verdict = await self._judge.judge(item, *self._show(conversation))
        scores = score_conversation(verdict, self._settings.judge_model, self._settings.threshold)
        judged = conversation.model_copy(update={"judge_scores": scores, "passed": scores.passed})
        return _Judged(judged, verdict, scores)

    def _show(self, conversation: Conversation) -> tuple[list[Card], list[Card]]:
        names = [call.name for call in conversation.tool_calls]
        return show_tools(names, self._registry.endpoints), show_messages(conversation.messages)

    def _list_problems(self, judged: _Judged) -> list[str]:
        """What is to be mended: found by the judge, and by code in the messages; [] if it may stay."""
        problems = check_conversation(judged.conversation, self._registry)
        found = [problem.message for problem in problems if problem.kind not in BESIDE_MESSAGES]
        if judged.scores.passed and not found:
            return []
        flaws = [f"message {f.message}, {f.lowers}: {f.problem}" for f in judged.verdict.problems]
        return [*flaws, *found]

    async def _try_repair(
        self, item: str, number: int, broken: _Judged, problems: Sequence[str]
    ) -> tuple[RepairAttempt, _Judged | None]:
        """One attempt, and the mended conversation if it is sound and could be judged."""
        strategy: Strategy = "surgical" if number == 1 else "full_rewrite"
        attempt = RepairAttempt(
            attempt=number,
            strategy=strategy,
            dimension_targeted=broken.verdict.lowest,
            outcome="repair_call_failed",
        )
        try:
            mended = await self._judge_one(item, await self._repair(item, strategy, broken, problems))
        except (ReplyError, RefusalError) as error:
            return attempt.model_copy(update={"reason": str(error)}), None
        outcome = "passed" if mended.scores.passed else "still_failing"
        return attempt.model_copy(update={"outcome": outcome, "scores": mended.scores}), mended

    async def _repair(
        self, item: str, strategy: Strategy, broken: _Judged, problems: Sequence[str]
    ) -> Conversation:
        """The mended conversation; raises ReplyError where no reply made a sound one."""
        trial = RepairTrial(broken.conversation, self._registry, self._open_executor)
        tools, messages = self._show(broken.conversation)
        if strategy == "surgical":
            target = broken.verdict.lowest
            await self._repairer.surgical(item, tools, messages, problems, target, check=trial.check_edits)
        else:
            await self._repairer.rewrite(item, tools, messages, problems, check=trial.check_rewrite)
        assert trial.repaired is not None, "an accepted reply was tried"
        return trial.repaired
