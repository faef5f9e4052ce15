import asyncio
from pathlib import Path
from typing import Any

import pytest

from env_audit.stage import Audit, AuditRoles
from env_audit.store import AuditStore
from roles.env_generator import EnvGenerator
from roles.env_simulator import EnvSimulator
from roles.judge_simulator import JudgeSimulator
from roles.tool_simulator import ToolSimulator
from task_generation.sequence_store import SequenceStore
from task_generation.sequences import ChainBuilding
from tests.workshop import TWINNED, WorkshopModel
from toolworlds.records.completions import ReplyError, Request
from toolworlds.records.tasks import SequenceSet
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError, write_json

CHAINS = [
    ["search_parts", "get_job"],
    ["get_job", "cancel_job"],
    ["get_job", "book_job"],
    ["search_parts", "get_job"],
    ["search_parts", "search_parts", "cancel_job"],
]


def propose(request: Request) -> Any:
    return {"sequences": [{"tools": tools, "purpose": "an errand"} for tools in CHAINS]}


@pytest.fixture
def store(tmp_path: Path) -> SequenceStore:
    """The workshop, audited: three of its tools are kept, and get_job's twin."""
    specs, audits = tmp_path / "specs", tmp_path / "audit"
    write_json(specs / f"{TWINNED.spec_id}.json", TWINNED.to_json())
    model = WorkshopModel()
    auditors = AuditRoles(EnvSimulator(model, 0), ToolSimulator(model, 0), JudgeSimulator(model, 0))
    with StarlarkWorker() as worker:
        audit = Audit(auditors, worker, AuditStore(specs, audits), 1)
        asyncio.run(audit.audit_spec(TWINNED.spec_id))
    return SequenceStore(specs, audits, tmp_path / "sequences")


def build(model: WorkshopModel, store: SequenceStore, wanted: int, reliability: float = 0.8) -> SequenceSet:
    building = ChainBuilding(EnvGenerator(model, 0), store, wanted, (2, 3), reliability)
    asyncio.run(building.build(TWINNED.spec_id))
    sequences = store.load(TWINNED.spec_id)
    assert sequences is not None
    return sequences


def test_sound_chains_over_kept_tools_are_saved(store: SequenceStore) -> None:
    """With the tools and twins that later stages may use, and why others were refused."""
    made = build(WorkshopModel(env_generator__sequences=propose), store, 5)
    assert [s.tools for s in made.sequences] == [CHAINS[0], CHAINS[1], CHAINS[4]]
    assert (made.kept_tools, made.twins_admitted) == (["search_parts", "get_job", "cancel_job"], ["get_job"])
    assert made.rejected["unknown or dropped tool"] == 2


def test_rounds_end_when_enough_hold_or_nothing_new_comes(store: SequenceStore) -> None:
    """One round for two chains; one more in vain for five."""
    for wanted, rounds in ((2, 1), (5, 2)):
        model = WorkshopModel(env_generator__sequences=propose)
        build(model, store, wanted)
        assert model.count("env_generator.sequences") == rounds


def test_a_set_that_grows_keeps_its_chains(store: SequenceStore) -> None:
    """Done for two is not done for three; what was there keeps its ids."""
    small = build(WorkshopModel(env_generator__sequences=propose), store, 2)
    assert (store.done(2), store.done(3)) == ({TWINNED.spec_id}, set())
    grown = build(WorkshopModel(env_generator__sequences=propose), store, 3)
    assert grown.sequences[:2] == small.sequences
    assert len(grown.sequences) == 3
    assert store.done(3) == {TWINNED.spec_id}


def test_a_spec_without_reliable_tools_has_no_chains(store: SequenceStore) -> None:
    """Nobody is asked, and the set says so."""
    path = store.audit_dir / f"{TWINNED.spec_id}.json"
    audit = store.load_audit(TWINNED.spec_id)
    dropped = [tool.model_copy(update={"keep": False}) for tool in audit.tools]
    write_json(path, audit.model_copy(update={"tools": dropped}).to_json())
    model = WorkshopModel(env_generator__sequences=propose)
    assert build(model, store, 2).sequences == []
    assert model.requests == []


def test_a_model_without_a_usable_reply_fails_the_spec(store: SequenceStore) -> None:
    """Nothing is saved; the spec is retried only when asked."""
    with pytest.raises(ReplyError):
        build(WorkshopModel(env_generator__sequences=lambda request: {"sequences": "none"}), store, 2)
    assert store.done(1) == set()


def test_unaudited_specs_are_the_users_to_mend(tmp_path: Path) -> None:
    """The message names both folders and the command to run."""
    with pytest.raises(UserError, match=r"run env_audit\.run"):
        SequenceStore(tmp_path / "a", tmp_path / "b", tmp_path / "c").list_specs()
