"""Where stage 3a reads and writes.

<env-specs-dir>/<spec_id>.json    environments
<audit-dir>/<spec_id>.json        what the audit said of their tools
<output-dir>/<spec_id>.json       one SequenceSet
"""

from collections import Counter
from pathlib import Path

from toolworlds.batch.record_files import load_record
from toolworlds.records.audits import SpecAudit
from toolworlds.records.base import Json
from toolworlds.records.tasks import SequenceSet
from toolworlds.records.tools import EnvSpec
from utils import UserError, list_stems, write_json


class SequenceStore:
    """The folders of stage 3a."""

    def __init__(self, env_specs_dir: Path, audit_dir: Path, output_dir: Path) -> None:
        self.env_specs_dir = env_specs_dir
        self.audit_dir = audit_dir
        self.output_dir = output_dir

    def list_specs(self) -> list[str]:
        """Ids of the audited specs, sorted; raises UserError when there is none."""
        spec_ids = sorted(list_stems(self.env_specs_dir) & list_stems(self.audit_dir))
        if not spec_ids:
            raise UserError(
                f"no spec of {self.env_specs_dir} has an audit in {self.audit_dir}; run env_audit.run first"
            )
        return spec_ids

    def load_spec(self, spec_id: str) -> EnvSpec:
        """One spec, all tools included."""
        return load_record(self.env_specs_dir / f"{spec_id}.json", EnvSpec)

    def load_audit(self, spec_id: str) -> SpecAudit:
        """One spec's audit."""
        return load_record(self.audit_dir / f"{spec_id}.json", SpecAudit)

    def done(self, wanted: int) -> set[str]:
        """Ids of the specs that were asked for this many chains or more."""
        return {s.spec_id for s in self._load_all() if s.asked >= wanted}

    def load(self, spec_id: str) -> SequenceSet | None:
        """One spec's chains so far; None before the first."""
        path = self._path(spec_id)
        return load_record(path, SequenceSet) if path.exists() else None

    def save(self, sequences: SequenceSet) -> None:
        """Replaces one spec's chains, whole or not at all."""
        write_json(self._path(sequences.spec_id), sequences.to_json())

    def count(self) -> dict[str, Json]:
        """Over all specs: chains kept, and those refused by reason."""
        sets = self._load_all()
        rejected = Counter[str]()
        for some in sets:
            rejected.update(some.rejected)
        return {"sequences": sum(len(s.sequences) for s in sets), "rejected": dict(sorted(rejected.items()))}

    def _load_all(self) -> list[SequenceSet]:
        return [load_record(self._path(spec_id), SequenceSet) for spec_id in list_stems(self.output_dir)]

    def _path(self, spec_id: str) -> Path:
        return self.output_dir / f"{spec_id}.json"
