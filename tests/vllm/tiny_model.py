"""Writes a tiny random chat model in Hugging Face form, tokenizer and tool template included, in 0.3 s.

Its words are noise; what is real is everything around them: tokenizing, templates, constrained decoding,
parsers, limits. The output layer leans towards long tokens, so that a text it is made to say takes few of
them, and most of all towards the end of a turn and the quotation mark, so that random texts come to an end.
"""

import json
import math
import pydoc_data.topics
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HIDDEN, LAYERS, HEAD, CONTEXT, VOCABULARY = 128, 2, 32, 65536, 16384
HEADS, KV_HEADS, FEED_FORWARD = HIDDEN // HEAD, HIDDEN // HEAD // 2, 2 * HIDDEN
CONSTANT = 4.0
"""Value of channel 0 in every embedding; no layer writes to it, so the output layer finds it unchanged."""
BONUS, LONGEST = 1.5, 12
"""Logit per character of a token, and the length up to which it counts."""
LIFT = 20.0
"""More for a quotation mark and the end of a turn: as likely as all long tokens together."""

PROJECT = Path(__file__).parents[2]
VOCABULARY_FROM = (PROJECT / "toolworlds/models/embedded", PROJECT / "prompt_templates")
"""Words that occur in replies become single tokens, so that replies are short."""

END_OF_TEXT, TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, TURN, END_OF_TURN)
TAGS = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")
CHUNKS = r" ?[^ ]+| +"
"""Merges may span all but blanks, so that the syntax of JSON costs few tokens."""

CHAT_TEMPLATE = """\
{% set system = messages[0].content if messages[0].role == 'system' else '' %}
{% if system or tools %}
<|im_start|>system
{{ system }}
{% if tools %}
Functions you may call:
{% for tool in tools %}
{{ tool | tojson }}
{% endfor %}
Call one as <tool_call>{"name": ..., "arguments": ...}</tool_call>
{% endif %}
<|im_end|>
{% endif %}
{% for message in messages if message.role != 'system' %}
<|im_start|>{{ 'user' if message.role == 'tool' else message.role }}
{{ message.content or '' }}
{% for function in (message.tool_calls or []) | map(attribute='function') %}
<tool_call>{"name": "{{ function.name }}", "arguments": {{ function.arguments | tojson }}}</tool_call>
{% endfor %}
<|im_end|>
{% endfor %}
{% if add_generation_prompt %}
<|im_start|>assistant
{% endif %}
"""

Weights = dict[str, npt.NDArray[np.float32]]


def write_model(folder: Path, seed: int = 0) -> None:
    """Writes config, tokenizer, template and weights of a Qwen2-like model with 0.8 million parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _train_tokenizer(_make_texts(np.random.default_rng(seed)))
    tokenizer.save(str(folder / "tokenizer.json"))
    rows = math.ceil(tokenizer.get_vocab_size() / 64) * 64
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    _write_json(folder / "tokenizer_config.json", _tokenizer_config())
    _write_json(folder / "config.json", _model_config(tokenizer, rows))
    weights = _draw_weights(np.random.default_rng(seed), rows)
    _lean_to_long_tokens(weights, tokenizer)
    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1))


def _make_texts(chance: np.random.Generator) -> list[str]:
    """Python's own help pages, this project's words and made-up tool calls: nothing is fetched."""
    texts = list(pydoc_data.topics.topics.values())[:60]
    files = [path for folder in VOCABULARY_FROM for path in sorted(folder.rglob("*.yml"))]
    texts += [json.dumps(yaml.safe_load(path.read_text()), default=str) for path in files]
    words = sorted({word for text in texts for word in text.split() if word.isalpha()})[:2000]
    for _ in range(400):
        name, *keys = (words[int(i)] for i in chance.integers(0, len(words), 6))
        arguments = {keys[0]: int(chance.integers(0, 999)), keys[1]: [keys[2], keys[3]], keys[4]: None}
        texts.append(json.dumps({"name": name, "arguments": arguments, "ok": True}))
    return texts


def _train_tokenizer(texts: list[str]) -> Any:
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(CHUNKS), "isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL) - len(TAGS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in TAGS])
    return tokenizer


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "additional_special_tokens": [TURN, END_OF_TURN],
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
    }


def _model_config(tokenizer: Any, rows: int) -> dict[str, Any]:
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_size": HIDDEN,
        "intermediate_size": FEED_FORWARD,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "vocab_size": rows,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "eos_token_id": tokenizer.token_to_id(END_OF_TURN),
        "bos_token_id": tokenizer.token_to_id(END_OF_TEXT),
        "pad_token_id": tokenizer.token_to_id(END_OF_TEXT),
    }


def _draw_weights(chance: np.random.Generator, rows: int) -> Weights:
    def draw(*shape: int, spread: float = 0.05) -> npt.NDArray[np.float32]:
        return (chance.standard_normal(shape) * spread).astype(np.float32)

    weights = {
        "model.embed_tokens.weight": draw(rows, HIDDEN, spread=0.5),
        "model.norm.weight": np.ones(HIDDEN, np.float32),
        "lm_head.weight": draw(rows, HIDDEN, spread=0.12),
    }
    widths = {"q": HEADS * HEAD, "k": KV_HEADS * HEAD, "v": KV_HEADS * HEAD}
    for layer in (f"model.layers.{index}" for index in range(LAYERS)):
        for name, width in widths.items():
            weights[f"{layer}.self_attn.{name}_proj.weight"] = draw(width, HIDDEN)
            weights[f"{layer}.self_attn.{name}_proj.bias"] = np.zeros(width, np.float32)
        weights[f"{layer}.self_attn.o_proj.weight"] = draw(HIDDEN, HEADS * HEAD)
        weights[f"{layer}.mlp.gate_proj.weight"] = draw(FEED_FORWARD, HIDDEN)
        weights[f"{layer}.mlp.up_proj.weight"] = draw(FEED_FORWARD, HIDDEN)
        weights[f"{layer}.mlp.down_proj.weight"] = draw(HIDDEN, FEED_FORWARD)
        for name in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{layer}.{name}.weight"] = np.ones(HIDDEN, np.float32)
    return weights


def _lean_to_long_tokens(weights: Weights, tokenizer: Any) -> None:
    """Adds to each token's logit a bonus for its length, by way of the constant channel 0."""
    weights["model.embed_tokens.weight"][:, 0] = CONSTANT
    for name, weight in weights.items():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            weight[0] = 0
    leaning = np.zeros(len(weights["lm_head.weight"]))
    for token, index in tokenizer.get_vocab().items():
        leaning[index] = BONUS * min(len(token), LONGEST) + (LIFT if token.startswith('"') else 0)
    leaning[[tokenizer.token_to_id(token) for token in SPECIAL + TAGS]] = 0
    leaning[tokenizer.token_to_id(END_OF_TURN)] = LIFT
    # About what the last norm leaves of channel 0, the other channels having a spread of 0.5.
    normed = CONSTANT / math.sqrt((CONSTANT**2 + (HIDDEN - 1) * 0.25) / HIDDEN)
    weights["lm_head.weight"][:, 0] = leaning / normed
