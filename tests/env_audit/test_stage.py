import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from env_audit.stage import Audit, AuditRoles
from env_audit.store import AuditStore
from roles.env_simulator import EnvSimulator
from roles.judge_simulator import JudgeSimulator
from roles.tool_simulator import ToolSimulator
from tests.damage import damage
from tests.workshop import ANSWERS, CALLS, GET_JOB, SPEC, TWINNED, Answer, WorkshopModel, simulate
from toolworlds.records.audits import SpecAudit, ToolAudit
from toolworlds.records.completions import ProviderError, ReplyError, Request
from toolworlds.records.tools import EnvSpec
from toolworlds.world.starlark import StarlarkWorker, make_twin
from utils import read_json, write_json


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


def audit(
    model: WorkshopModel, spec: EnvSpec, folder: Path, worker: StarlarkWorker
) -> tuple[str, dict[str, ToolAudit], list[str]]:
    write_json(folder / "specs" / f"{spec.spec_id}.json", spec.to_json())
    store = AuditStore(folder / "specs", folder / "audit")
    auditors = AuditRoles(EnvSimulator(model, 0), ToolSimulator(model, 0), JudgeSimulator(model, 0))
    verdict = asyncio.run(Audit(auditors, worker, store, 3).audit_spec(spec.spec_id))
    record = SpecAudit.model_validate(read_json(folder / "audit" / f"{spec.spec_id}.json"))
    return verdict, {tool.tool_name: tool for tool in record.tools}, list(record.twins_admitted)


def labels(tool: ToolAudit) -> set[tuple[str, str, str]]:
    return {(p.mode, p.label, p.judged_by) for p in tool.probes}


def test_sound_tools_are_kept_and_others_dropped(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Three tools have calls that succeed; of the other two nothing is known."""
    verdict, tools, _ = audit(WorkshopModel(), SPEC, tmp_path, worker)
    assert verdict == "usable"
    assert {name for name, tool in tools.items() if tool.keep} == set(CALLS)
    assert labels(tools["get_job"]) == {
        ("happy_path", "correct", "model"),
        ("rule_violation", "correct", "code"),
        ("pinned_reply", "correct", "code"),
        ("schema_violation", "correct", "code"),
    }
    assert "no call that should succeed" in tools["book_job"].reason


def test_a_right_twin_is_admitted_and_spares_the_model(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Only the judge is asked about its successes."""
    model = WorkshopModel()
    _, tools, admitted = audit(model, TWINNED, tmp_path, worker)
    assert admitted == ["get_job"]
    assert {p.source for p in tools["get_job"].probes} == {"gate", "twin"}
    assert not [r for r in model.requests if r.role.endswith(".simulate") and "/get_job/" in r.request_id]


@pytest.mark.parametrize(
    "source",
    [
        GET_JOB.replace('["name"]', '["id"]'),
        GET_JOB.replace('args["job_id"]', 'args["job"]'),
        "def run(world, args, now):\n    for _ in range(1 << 60):\n        pass\n    return ok({})",
    ],
    ids=["wrong reply", "fault", "endless"],
)
def test_a_bad_twin_is_replaced_by_the_model(source: str, tmp_path: Path) -> None:
    """What goes wrong with it costs the twin, not the tool."""
    spec = SPEC.model_copy(update={"twins": {"get_job": make_twin(source)}})
    with StarlarkWorker(deadline=0.2) as worker:
        _, tools, admitted = audit(WorkshopModel(), spec, tmp_path, worker)
    assert admitted == []
    assert tools["get_job"].keep
    assert "model" in {p.source for p in tools["get_job"].probes}


def test_a_judge_who_finds_fault_drops_the_tool(tmp_path: Path, worker: StarlarkWorker) -> None:
    """His problem is the probe's reason."""
    wrong = {"problem": "the name is missing", "verdict": "incorrect"}
    model = WorkshopModel(judge_simulator__judge=lambda request: wrong)
    _, tools, _ = audit(model, SPEC, tmp_path, worker)
    assert "the name is missing" in {p.reason for p in tools["get_job"].probes}
    assert not tools["cancel_job"].keep


def test_a_judge_without_a_verdict_judges_nothing(tmp_path: Path, worker: StarlarkWorker) -> None:
    """The probe is left out, neither right nor wrong."""
    model = WorkshopModel(judge_simulator__judge=lambda request: {"verdict": "perhaps"})
    _, tools, _ = audit(model, SPEC, tmp_path, worker)
    assert "happy_path" not in {p.mode for p in tools["get_job"].probes}
    assert tools["get_job"].correct == tools["get_job"].total


def test_a_model_that_copies_numbers_is_a_fault(tmp_path: Path, worker: StarlarkWorker) -> None:
    """A reply must point at data; the fault counts against the tool."""

    def invent(request: Request) -> Any:
        if request.inputs["tool"]["name"] == "search_parts":
            return {"status": 200, "delta": [], "reply": {"parts": [{"id": "pt_1", "unit_price": 17.77}]}}
        return simulate(request)

    _, tools, _ = audit(WorkshopModel(tool_simulator__simulate=invent), SPEC, tmp_path, worker)
    assert {p.label for p in tools["search_parts"].probes if p.source == "none"} == {"fault"}
    assert not tools["search_parts"].keep


def test_test_calls_must_pass_the_gate(tmp_path: Path, worker: StarlarkWorker) -> None:
    """A happy path that breaks the schema is asked for again; without one the tool is dropped."""
    bad = {"calls": [{"arguments": {"job": 1}, "why": "a test", "expected": []}]}
    answer = ANSWERS["tool_simulator.test_calls"]
    model = WorkshopModel(
        tool_simulator__test_calls=lambda request: (
            bad if request.inputs["tool"]["name"] == "search_parts" else answer(request)
        )
    )
    _, tools, _ = audit(model, SPEC, tmp_path, worker)
    assert {p.mode for p in tools["search_parts"].probes} == {"schema_violation"}
    assert not tools["search_parts"].keep


def test_a_model_without_any_usable_test_call_says_nothing_about_the_tools(
    tmp_path: Path, worker: StarlarkWorker
) -> None:
    """The item fails, and may be tried again; no audit is written."""
    with pytest.raises(ReplyError, match="no usable test call or verdict for any of its"):
        audit(WorkshopModel(tool_simulator__test_calls=lambda request: {}), SPEC, tmp_path, worker)
    assert not (tmp_path / "audit").exists()


def test_a_model_that_faults_on_every_call_says_nothing_about_the_tools(
    tmp_path: Path, worker: StarlarkWorker
) -> None:
    """Calls were written, but not one was answered: the item fails, and may be tried again."""
    silent: dict[str, Answer] = {
        f"{role}_simulator__simulate": lambda request: {} for role in ("env", "tool")
    }
    with pytest.raises(ReplyError, match="no usable test call or verdict for any of its"):
        audit(WorkshopModel(**silent), SPEC, tmp_path, worker)
    assert not (tmp_path / "audit").exists()


def test_an_unserved_call_is_no_verdict(tmp_path: Path, worker: StarlarkWorker) -> None:
    """The audit is not written; the spec stays owed."""

    def nobody(request: Request) -> Any:
        raise ProviderError("503")

    with pytest.raises(ProviderError):
        audit(WorkshopModel(judge_simulator__judge=nobody), SPEC, tmp_path, worker)
    assert not (tmp_path / "audit").exists()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "role", ["tool_simulator.test_calls", "tool_simulator.simulate", "judge_simulator.judge"]
)
def test_damaged_replies_cost_a_probe_at_most(
    role: str, seed: int, tmp_path: Path, worker: StarlarkWorker
) -> None:
    """The audit is written whatever its helpers say, and its sums agree."""
    chance = random.Random(seed)
    model = WorkshopModel(
        **{role.replace(".", "__"): lambda request: damage(ANSWERS[role](request), chance, 0.2)}
    )
    _, tools, _ = audit(model, TWINNED, tmp_path, worker)
    for tool in tools.values():
        assert tool.total == len(tool.probes)
        assert tool.correct == sum(p.label == "correct" for p in tool.probes)
