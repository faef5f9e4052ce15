"""Paths, what is done, load, save.

<env-specs-dir>/<spec_id>.json    read
<output-dir>/<spec_id>.json       one SpecAudit
"""

from pathlib import Path

from toolworlds.batch.record_files import load_record
from toolworlds.records.audits import SpecAudit
from toolworlds.records.tools import EnvSpec
from utils import UserError, list_stems, write_json


class AuditStore:
    """The folders of stage 2."""

    def __init__(self, env_specs_dir: Path, output_dir: Path) -> None:
        self.env_specs_dir = env_specs_dir
        self.output_dir = output_dir

    def list_specs(self) -> list[str]:
        """Ids of all specs, sorted; raises UserError when there is none."""
        spec_ids = sorted(list_stems(self.env_specs_dir))
        if not spec_ids:
            raise UserError(
                f"{self.env_specs_dir} holds no specs; run env_generation.run or check --env-specs-dir"
            )
        return spec_ids

    def load_spec(self, spec_id: str) -> EnvSpec:
        """One spec."""
        return load_record(self.env_specs_dir / f"{spec_id}.json", EnvSpec)

    def done(self) -> set[str]:
        """Ids of the audited specs."""
        return list_stems(self.output_dir)

    def save(self, audit: SpecAudit) -> None:
        """Writes one audit, whole or not at all."""
        write_json(self.output_dir / f"{audit.spec_id}.json", audit.to_json())

    def count_tools(self) -> dict[str, int]:
        """Over all audits: tools kept and dropped, twins admitted."""
        kept = dropped = admitted = 0
        for spec_id in self.done():
            audit = load_record(self.output_dir / f"{spec_id}.json", SpecAudit)
            kept += sum(tool.keep for tool in audit.tools)
            dropped += sum(not tool.keep for tool in audit.tools)
            admitted += len(audit.twins_admitted)
        return {"tools_kept": kept, "tools_dropped": dropped, "twins_admitted": admitted}
