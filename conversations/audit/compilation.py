"""From single judgements to the output file, the file of repairs and the report."""

from collections.abc import Iterator

from conversations.audit.judgements import Judgement
from conversations.audit.report import Report
from conversations.audit.stage import AuditSettings
from conversations.audit.store import JudgementStore
from roles.conversation_judge import fail_conversation
from toolworlds.batch.progress import say
from toolworlds.batch.run_folder import Failure
from utils import dump_line, open_atomic, write_json


def compile_output(store: JudgementStore, settings: AuditSettings) -> bool:
    """Writes the three files anew from all judgements there are; whether the mean of a gate falls short."""
    report = Report(settings.threshold)
    with store.lock(), open_atomic(store.target) as output, open_atomic(store.repairs_path) as repairs:
        for judgement in _read_all(store, settings):
            report.add(judgement)
            output.write(dump_line(judgement.conversation.to_json()))
            for attempt in judgement.repairs:
                name = judgement.conversation.conversation_id
                repairs.write(dump_line({"conversation_id": name, **attempt.to_json()}))
        write_json(store.report_path, report.to_json())
    for line in report.describe():
        say(line)
    return bool(report.list_short())


def _read_all(store: JudgementStore, settings: AuditSettings) -> Iterator[Judgement]:
    """Every judgement; where the judge failed, the conversation as it was, without scores and not passed."""
    for name, became in store.read_judgements():
        if isinstance(became, Failure):
            scores = fail_conversation(became.message, settings.judge_model)
            failed = {"judge_scores": scores, "passed": False}
            became = Judgement(conversation=store.load(name).model_copy(update=failed))
        yield became
