"""Chains drawn from the graph: the same filter as for a model's, and no model is asked."""

from pathlib import Path

import pytest

import env_audit.run
import env_generation.run
import task_generation.build_sequences
from task_generation.chains import ChainFilter, link_tools
from task_generation.graph_chains import draw_chains, make_registry
from toolworlds.records.audits import SpecAudit
from toolworlds.records.tools import EnvSpec
from utils import read_json

SIZES = ("--max-subfields", "1", "--max-tasks-per-subfield", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One audited environment."""
    folder = tmp_path_factory.mktemp("graph")
    specs, audit = str(folder / "specs"), str(folder / "audit")
    assert env_generation.run.main(["--field", "Logistics", "--output-dir", specs, *SIZES]) == 0
    assert env_audit.run.main(["--env-specs-dir", specs, "--output-dir", audit]) == 0
    return folder


@pytest.fixture(scope="module")
def audited(folder: Path) -> tuple[EnvSpec, SpecAudit]:
    """Its spec, as the audit left it, and the audit."""
    (spec_file,) = (folder / "specs").glob("*.json")
    audit = SpecAudit.model_validate(read_json(folder / "audit" / spec_file.name))
    spec = EnvSpec.model_validate(read_json(spec_file))
    return spec.keep([tool.tool_name for tool in audit.tools if tool.keep], audit.twins_admitted), audit


def build(folder: Path, name: str, count: int, *flags: str) -> tuple[int, list[list[str]]]:
    """The exit code, and the chains of the only spec."""
    out = folder / name
    wanted = ["--output-dir", str(out), "--n-sequences", str(count), "--sampler", "graph", *flags]
    inputs = ["--env-specs-dir", str(folder / "specs"), "--audit-dir", str(folder / "audit")]
    code = task_generation.build_sequences.main([*inputs, *wanted])
    (file,) = out.glob("*.json")
    return code, [sequence["tools"] for sequence in read_json(file)["sequences"]]


def test_drawn_chains_pass_the_filter(audited: tuple[EnvSpec, SpecAudit]) -> None:
    """Every required id has a producer before it; lengths hold; all differ."""
    spec, audit = audited
    chains = list(draw_chains(spec, audit, (2, 4), 20, 0))
    filtered = ChainFilter(link_tools(spec, audit), (2, 4), [])
    for tools in chains:
        filtered.consider(tools, "")
    assert len(filtered.kept) == len(chains) >= 20
    assert not filtered.rejected


def test_parameters_that_hold_ids_of_named_things_are_known_to_nobody(
    audited: tuple[EnvSpec, SpecAudit],
) -> None:
    """As the filter sees it; their entity is the collection."""
    spec, audit = audited
    links = link_tools(spec, audit)
    for endpoint in make_registry(spec, audit).endpoints:
        needs = {some.entity for some in endpoint.required if not some.natural}
        assert needs == links[endpoint.name].needs
        gives = {some.entity for some in endpoint.returns_fields}
        assert gives == links[endpoint.name].gives


def test_the_command_asks_no_model(folder: Path, tmp_path: Path) -> None:
    """Not one call is recorded, and the set says where it comes from."""
    code, chains = build(folder, "asked", 6, "--record-dir", str(tmp_path))
    assert (code, len(chains)) == (0, 6)
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and file.stat().st_size]
    (file,) = (folder / "asked").glob("*.json")
    assert read_json(file)["provenance"] == {"sampler": "graph", "seed": 0}


def test_growing_gives_what_all_at_once_gives(folder: Path) -> None:
    """Four chains and then ten, or ten."""
    _, few = build(folder, "grown", 4)
    _, grown = build(folder, "grown", 10)
    _, whole = build(folder, "whole", 10)
    assert grown == whole and grown[:4] == few
