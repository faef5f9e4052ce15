import pytest

from task_generation.chains import ChainFilter, ToolLink, link_tools
from tests.workshop import SPEC
from toolworlds.records.audits import AuditProbe, SpecAudit, ToolAudit
from toolworlds.records.base import Json

LINKS = {
    "search_parts": ToolLink(frozenset(), frozenset({"parts"}), True),
    "reserve_part": ToolLink(frozenset({"parts"}), frozenset(), True),
    "ping": ToolLink(frozenset(), frozenset(), False),
}


def probe(arguments: Json, reply: Json, label: str = "correct", status: int = 200) -> AuditProbe:
    return AuditProbe.model_validate(
        {
            "mode": "happy_path",
            "arguments": arguments,
            "status": status,
            "reply": reply,
            "source": "model",
            "label": label,
            "judged_by": "model",
            "reason": "",
        }
    )


def audit(**probes: AuditProbe) -> SpecAudit:
    tools = [
        ToolAudit(
            tool_name=name,
            probes=[probe],
            correct=1,
            total=1,
            reliability=1.0,
            interval=(0.2, 1.0),
            keep=True,
            reason="",
        )
        for name, probe in probes.items()
    ]
    return SpecAudit(spec_id=SPEC.spec_id, tools=tools, provenance={})


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        (["search_parts"], "wrong length"),
        (["search_parts"] * 4, "wrong length"),
        (["search_parts", "fly"], "unknown or dropped tool"),
        (["ping", "ping"], "no change and no fact"),
        (["reserve_part", "search_parts"], "argument without a source"),
        (["search_parts", "reserve_part"], "duplicate"),
    ],
)
def test_chains_are_refused_by_reason(tools: list[str], reason: str) -> None:
    """Each reason is counted; the chain that is there already stays."""
    chains = ChainFilter(LINKS, (2, 3), [])
    chains.consider(["search_parts", "reserve_part"], "put a part aside")
    chains.consider(tools, "")
    assert (dict(chains.rejected), len(chains.kept)) == ({reason: 1}, 1)


def test_sequence_ids_count_on() -> None:
    """A set that grows never uses an id twice."""
    first = ChainFilter(LINKS, (2, 3), [])
    first.consider(["search_parts", "reserve_part"], "")
    second = ChainFilter(LINKS, (2, 3), first.kept)
    second.consider(["search_parts", "search_parts"], "")
    assert [s.sequence_id for s in second.kept] == ["seq1", "seq2"]


def test_links_are_read_off_right_answers() -> None:
    """Parts have names, so nobody knows their ids; jobs have only their ids; a minted id is given too."""
    links = link_tools(
        SPEC,
        audit(
            search_parts=probe({"fits": "road"}, {"parts": [{"id": "pt_2", "name": "Chain"}]}),
            reserve_part=probe({"job_id": "jb_12", "part_id": "pt_1", "quantity": 1}, {"free": 3}),
            book_job=probe({"customer_id": "cu_01"}, {"job_id": "jb_0123abcd", "customer_id": "cu_01"}),
            get_job=probe({"job_id": "jb_12"}, {"job": {"customer_id": "cu_02"}}),
        ),
    )
    assert links["search_parts"].gives == {"parts"}
    assert links["reserve_part"] == ToolLink(frozenset({"parts"}), frozenset(), True)
    assert links["book_job"] == ToolLink(frozenset({"customers"}), frozenset({"jobs"}), True)
    assert links["get_job"].gives == {"customers"}


def test_wrong_answers_and_refusals_teach_nothing() -> None:
    """A tool that was never seen to show an id gives none."""
    wrong = probe({}, {"parts": ["pt_1"]}, label="incorrect")
    refused = probe({}, {"parts": ["pt_1"]}, status=404)
    for shown in (wrong, refused):
        assert link_tools(SPEC, audit(search_parts=shown))["search_parts"].gives == frozenset()
