"""SkyRL samples: prompts with a plan; as they hold no replies, they are no dialogues."""

import msgspec
import orjson

from dataset_export.dialogue import TrainingPrompt
from dataset_export.sources.kind import Head, InputKind, decode, is_procedural
from toolworlds.batch.record_files import parse_record
from toolworlds.records.samples import SkyRLSample


class _ReferenceRun(msgspec.Struct):
    env_id: str


class _SampleMeta(msgspec.Struct):
    domain: str = ""
    model: str = ""
    backend: str = ""
    provenance: msgspec.Raw = msgspec.Raw(b"null")
    reference_run: _ReferenceRun | None = None


class _Info(msgspec.Struct):
    id: str = ""
    task_metadata: _SampleMeta = msgspec.field(default_factory=_SampleMeta)


class _Truth(msgspec.Struct):
    task_id: str = ""


class _Reward(msgspec.Struct):
    ground_truth: _Truth


class _SampleHead(msgspec.Struct):
    reward_spec: _Reward
    data_source: str = ""
    extra_info: _Info = msgspec.field(default_factory=_Info)


_DECODER = msgspec.json.Decoder(_SampleHead)


def read_head(data: bytes, place: str) -> Head:
    """A sample's environment is the spec that its plan ran in, else its domain, else where it comes from."""
    head = decode(data, _DECODER, place)
    metadata = head.extra_info.task_metadata
    provenance = bytes(metadata.provenance)
    run = metadata.reference_run
    return Head(
        id=head.extra_info.id or head.reward_spec.ground_truth.task_id,
        environment=run.env_id if run else metadata.domain or head.data_source,
        procedural="procedural" in (metadata.backend, metadata.model) or is_procedural(provenance),
        provenance=provenance,
    )


def read_prompt(data: bytes, place: str) -> TrainingPrompt:
    """The sample; its system text already tells the tools and how they are called."""
    sample = parse_record(orjson.loads(data), SkyRLSample, place)
    head = read_head(data, place)
    truth = sample.reward_spec.ground_truth
    rest = {k: v for k, v in sample.to_json().items() if k not in ("prompt", "reward_spec")}
    return TrainingPrompt(
        id=head.id,
        environment=head.environment,
        system=sample.prompt[0].content,
        user=sample.prompt[1].content,
        truth=orjson.dumps(truth.to_json()).decode(),
        data_source=sample.data_source,
        env_class=sample.env_class,
        method=sample.reward_spec.method,
        max_turns=truth.max_turns,
        metadata=orjson.dumps(rest).decode(),
    )


SAMPLES = InputKind(
    noun="SkyRL samples", records=(SkyRLSample,), read_head=read_head, read_prompt=read_prompt
)
