"""Small byte-level tokenizers, trained here on a few lines, with the special tokens of each chat format."""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

TEMPLATES = Path(__file__).parent / "chat_templates"
MISTRAL = [f"[{mark}{name}]" for name in ("INST", "AVAILABLE_TOOLS", "TOOL_RESULTS") for mark in ("", "/")]
SPECIAL = {
    "chatml": ["<|im_start|>", "<|im_end|>"],
    "llama3": ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "mistral": ["<s>", "</s>", "[TOOL_CALLS]", *MISTRAL],
    "qwen": ["<|im_start|>", "<|im_end|>"],
    "gpt_oss": ["<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|call|>", "<|return|>"],
    "gemma": ["<bos>", "<start_of_turn>", "<end_of_turn>"],
    "gemma2": ["<bos>", "<start_of_turn>", "<end_of_turn>"],
}
BOS = {"llama3": "<|begin_of_text|>", "mistral": "<s>", "gemma": "<bos>", "gemma2": "<bos>"}
EOS = {"mistral": "</s>", "chatml": "<|im_end|>", "llama3": "<|eot_id|>", "gpt_oss": "<|return|>"}
CORPUS = [
    "the assistant model answers the user\n\n",
    "assistant\n",
    "model\n",
    "user\n",
    '{"name": "',
    '", "arguments": {"',
]


def make_tokenizer(folder: Path, special: list[str], config: dict[str, str], template: str | None) -> Path:
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False)
    engine.train_from_iterator(CORPUS * 20, trainer)
    engine.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    folder.mkdir(parents=True, exist_ok=True)
    engine.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return folder


def make_chat_tokenizer(folder: Path, name: str) -> Path:
    config = {"bos_token": BOS.get(name, ""), "eos_token": EOS.get(name, "")}
    return make_tokenizer(folder / name, SPECIAL[name], config, (TEMPLATES / f"{name}.jinja").read_text())
