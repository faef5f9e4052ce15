"""Patterns: what a chain of calls looks like, told by the intents of its steps."""

from collections.abc import Sequence

from toolworlds.records.catalogues import Endpoint, Pattern

LOOKS: frozenset[str] = frozenset({"search", "retrieve"})
ACTS = frozenset({"create", "update", "delete", "execute"})
WEIGHS = frozenset({"compare", "summarize"})


def name_pattern(endpoints: Sequence[Endpoint], parallel: bool) -> Pattern:
    """The first that holds: calls that share a turn; a look before an act; a search whose hits are looked at
    or weighed, and no act; several tools; else one step after the other."""
    if parallel:
        return "parallel"
    intents = [endpoint.intent for endpoint in endpoints]
    acts = [place for place, intent in enumerate(intents) if intent in ACTS]
    looks = [place for place, intent in enumerate(intents) if intent in LOOKS]
    if acts and looks and looks[0] < acts[-1]:
        return "search_then_action"
    if not acts and len(intents) > 1 and _decides(intents):
        return "information_then_decision"
    if len({endpoint.tool_id for endpoint in endpoints}) > 1:
        return "multi_tool_chain"
    return "sequential_multi_step"


def _decides(intents: Sequence[str]) -> bool:
    """Whether what was found is then looked at closely or weighed."""
    return intents[-1] in WEIGHS or ("search" in intents[:-1] and intents[-1] == "retrieve")


def reads_only(endpoint: Endpoint) -> bool:
    """Whether a call of it changes nothing, so that it may run beside others."""
    return endpoint.intent not in ACTS
