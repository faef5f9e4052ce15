"""Reply schemas under the grammar engine that servers constrain with."""

import json
from pathlib import Path

import pytest

from roles.replies import schema_of
from tests.roles.scenes import SCENES
from tests.roles.test_golden_replies import GOOD


@pytest.mark.vllm
@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_grammar_lets_good_replies_pass(path: Path) -> None:
    """Each schema compiles, and a reader's good reply is a sentence of its grammar, to the end."""
    xgrammar = pytest.importorskip("xgrammar")
    reply_type = SCENES[path.parent.name][0]
    assert reply_type is not None
    bytes_as_tokens = xgrammar.TokenizerInfo([bytes([i]) for i in range(256)], stop_token_ids=[0])
    compiler = xgrammar.GrammarCompiler(bytes_as_tokens)
    schema = json.dumps(schema_of(reply_type, reasoning=True))
    matcher = xgrammar.GrammarMatcher(compiler.compile_json_schema(schema))
    assert all(matcher.accept_token(byte) for byte in path.read_bytes().strip())
    assert matcher.accept_token(0)
