"""Chains: each mode does what it says, and every required value has a source."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.catalogue.patterns import reads_only
from toolworlds.catalogue.sampler import MODES, AnyMode, ChainSampler, Constraints, NoChain
from toolworlds.records.catalogues import Chain

CATALOGUE = build_catalogue(SEED_TOOLS).catalogue
SAMPLER = ChainSampler(CATALOGUE.registry, CATALOGUE.graph)


def draw(mode: AnyMode, count: int = 200) -> list[Chain]:
    return [SAMPLER.sample(mode, random.Random(f"7:{item}")) for item in range(count)]


def flows_into(chain: Chain) -> set[int]:
    return {mapping.to_step for mapping in chain.mappings}


@given(st.integers(0, 10**6), st.sampled_from(MODES))
def test_every_required_value_has_a_source(seed: int, mode: AnyMode) -> None:
    """Ids come from an earlier step; what is mapped is a link of the graph; no parameter is filled twice."""
    chain = SAMPLER.sample(mode, random.Random(seed))
    links = {
        (edge.from_endpoint, some.source_field, edge.to_endpoint, some.target_param)
        for edge in CATALOGUE.graph.edges
        for some in edge.field_mappings
    }
    filled = {(mapping.to_step, mapping.target_param) for mapping in chain.mappings}
    assert len(filled) == len(chain.mappings)
    for mapping in chain.mappings:
        ends = chain.endpoint_ids[mapping.from_step], chain.endpoint_ids[mapping.to_step]
        assert (ends[0], mapping.source_field, ends[1], mapping.target_param) in links
    for step, name in enumerate(chain.endpoint_ids):
        for parameter in SAMPLER.endpoints[name].required:
            assert parameter.natural or (step, parameter.name) in filled


@given(st.integers(0, 10**6), st.sampled_from(MODES))
def test_data_flow_is_acyclic_and_holds_the_chain_together(seed: int, mode: AnyMode) -> None:
    """Values go forward only, never within a shared turn, and no step stands alone."""
    chain = SAMPLER.sample(mode, random.Random(seed))
    together = {step: group for group in chain.parallel_groups for step in group}
    reached = {frozenset(together.get(step, [step])) for step in range(len(chain.endpoint_ids))}
    for mapping in chain.mappings:
        assert mapping.from_step < mapping.to_step
        assert mapping.to_step not in together.get(mapping.from_step, [])
        one = next(some for some in reached if mapping.from_step in some)
        other = next(some for some in reached if mapping.to_step in some)
        reached = (reached - {one, other}) | {one | other}
    assert len(reached) == 1
    assert len(set(chain.endpoint_ids)) == len(chain.endpoint_ids)


def test_what_was_deleted_is_used_no_more() -> None:
    """Nothing flows after a cancellation from the step that made the cancelled thing."""
    cancelled = 0
    hotels = Constraints(4, 5, domains=["Travel", "Finance"])
    for item in range(1000):
        chain = SAMPLER.sample("sequential", random.Random(item), hotels)
        for step, name in enumerate(chain.endpoint_ids):
            if SAMPLER.endpoints[name].intent == "delete":
                cancelled += 1
                sources = {some.from_step for some in chain.mappings if some.to_step == step}
                assert not [
                    some for some in chain.mappings if some.to_step > step and some.from_step in sources
                ]
    assert cancelled > 5


def test_sequential_chains_have_neither_shared_turns_nor_questions() -> None:
    """Two to five steps, one after the other."""
    for chain in draw("sequential"):
        assert 2 <= len(chain.endpoint_ids) <= 5
        assert not chain.parallel_groups and not chain.clarifications


def test_multi_tool_chains_have_two_tools_or_more() -> None:
    """And values flow between tools."""
    for chain in draw("multi_tool"):
        assert len(chain.tool_ids) >= 2
        tools = [name.partition("::")[0] for name in chain.endpoint_ids]
        assert any(tools[some.from_step] != tools[some.to_step] for some in chain.mappings)


def test_clarification_first_leaves_out_what_the_user_knows() -> None:
    """Required parameters of the first step, which a person can tell."""
    for chain in draw("clarification_first"):
        (asked,) = chain.clarifications
        first = {some.name: some for some in SAMPLER.endpoints[chain.endpoint_ids[0]].required}
        assert asked.step_index == 0 and asked.missing_params
        assert all(first[name].natural for name in asked.missing_params)


def test_parallel_chains_share_a_turn_that_leads_somewhere_or_comes_from_somewhere() -> None:
    """Two or three reading steps; one before feeds all of them, or one after takes from them."""
    for chain in draw("parallel"):
        (group,) = chain.parallel_groups
        assert chain.pattern_type == "parallel" and 2 <= len(group) <= 3
        assert all(later == earlier + 1 for earlier, later in pairwise(group))
        assert all(reads_only(SAMPLER.endpoints[chain.endpoint_ids[step]]) for step in group)
        fed = set(group) <= flows_into(chain)
        feeds = any(some.from_step in group for some in chain.mappings)
        assert fed or feeds


def test_short_chains_are_short() -> None:
    """One or two steps, both kinds occur."""
    assert {len(chain.endpoint_ids) for chain in draw("short")} == {1, 2}


def test_mixed_holds_all_modes_and_patterns() -> None:
    """A fifth to two fifths ask back."""
    chains = draw("mixed", 1000)
    assert {chain.sampling_mode for chain in chains} == set(MODES) - {"mixed"}
    assert len({chain.pattern_type for chain in chains}) == 5
    assert 0.2 <= sum(bool(chain.clarifications) for chain in chains) / 1000 <= 0.4


def test_categories_without_a_common_id_rarely_meet() -> None:
    """At most one chain in ten, and a value flows between them all the same."""
    chains = draw("mixed", 2000)
    crossing = [chain for chain in chains if SAMPLER.crosses_unrelated(chain)]
    assert 0 < len(crossing) <= 200
    none = Constraints(cross_share=0.0)
    for item in range(300):
        assert not SAMPLER.crosses_unrelated(SAMPLER.sample("mixed", random.Random(item), none))


@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(0, 2), st.integers(1, 3))
def test_constraints_hold(seed: int, least: int, more: int, tools: int) -> None:
    """Length, distinct tools and domains."""
    limits = Constraints(least, least + more, min_tools=min(tools, least), domains=["Travel", "Finance"])
    chain = SAMPLER.sample("sequential", random.Random(seed), limits)
    assert least <= len(chain.endpoint_ids) <= least + more
    assert len(chain.tool_ids) >= min(tools, least)
    assert {SAMPLER.endpoints[name].category for name in chain.endpoint_ids} <= {"Travel", "Finance"}


def test_what_cannot_be_is_said() -> None:
    """News has one tool; nothing is drawn from an empty domain."""
    with pytest.raises(NoChain, match="multi_tool"):
        SAMPLER.sample("multi_tool", random.Random(0), Constraints(domains=["News"]))
    with pytest.raises(NoChain):
        SAMPLER.sample("sequential", random.Random(0), Constraints(domains=["Astrology"]))


def test_tries_come_to_different_chains() -> None:
    """Of one mode each, and no more than there were tries; unrelated domains only by right."""
    chains = list(SAMPLER.draw("sequential", random.Random(1), Constraints(), may_cross=False, tries=200))
    assert 100 < len(chains) <= 200
    assert len({chain.key for chain in chains}) > 80
    assert {chain.sampling_mode for chain in chains} == {"sequential"}
    assert not any(SAMPLER.crosses_unrelated(chain) for chain in chains)
