import ast

from hypothesis import given
from hypothesis import strategies as st

from task_audit.rows import MAX_TOOLS, choose_tools, format_call
from tests.roles.scenes import SPEC, TASK
from toolworlds.records.base import Json
from toolworlds.records.tools import ToolCall

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).map(lambda name: f"{name}_")


@given(st.dictionaries(NAMES, JSON))
def test_a_call_is_python_with_literal_keywords(arguments: dict[str, Json]) -> None:
    """Reading the source back gives the call."""
    tree = ast.parse(format_call(ToolCall(name="do_it", arguments=arguments)), mode="eval").body
    assert isinstance(tree, ast.Call)
    assert ast.unparse(tree.func) == "do_it"
    assert {word.arg: ast.literal_eval(word.value) for word in tree.keywords} == arguments


@given(st.integers(0, 1000), st.integers(1, 20), st.integers(0, 20))
def test_tools_are_the_needed_ones_and_some_others(seed: int, fewest: int, more: int) -> None:
    """Never fewer than needed, never twice, never more than a row may hold or the environment has."""
    tools = choose_tools(TASK, SPEC, (fewest, fewest + more), seed)
    names = [tool.tool_name for tool in tools]
    needed = {turn.call.name for turn in TASK.turns}
    assert needed <= set(names)
    assert len(names) == len(set(names)) <= MAX_TOOLS
    assert len(names) >= min(len(SPEC.tools), len(needed) + fewest)


def test_the_order_of_tools_tells_nothing() -> None:
    """Over many seeds each tool comes first about equally often; one seed always gives one order."""
    orders = [[tool.tool_name for tool in choose_tools(TASK, SPEC, (9, 9), seed)] for seed in range(200)]
    firsts = [order[0] for order in orders]
    assert all(20 <= firsts.count(tool.tool_name) <= 70 for tool in SPEC.tools)
    assert orders[0] == [tool.tool_name for tool in choose_tools(TASK, SPEC, (9, 9), 0)]
