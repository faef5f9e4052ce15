from pathlib import Path

from env_audit.run import main
from tests.stub_server import Behaviour, StubServer
from tests.workshop import SPEC
from utils import write_json


def test_a_server_that_keeps_no_tool_is_no_success(tmp_path: Path) -> None:
    """Every reply is broken: the audit ends, and says by its exit code that nothing can go on."""
    write_json(tmp_path / "specs" / f"{SPEC.spec_id}.json", SPEC.to_json())
    folders = ["--env-specs-dir", str(tmp_path / "specs"), "--output-dir", str(tmp_path / "audit")]
    with StubServer(Behaviour(faults={"broken_json": 1.0})) as stub:
        assert main([*folders, "--model", "stub", "--server-url", stub.url]) == 1
