"""The compiled operations that vLLM's CPU platform calls, once more in plain PyTorch. For tests only.

vLLM installed with `VLLM_TARGET_DEVICE=empty` holds no compiled code, so it installs anywhere in two minutes.
Its CPU platform still calls a handful of `torch.ops._C.*`; this plugin defines them. vLLM loads it in each of
its processes through the `vllm.general_plugins` entry point. Tied to vLLM 0.32.0; slow, but exact enough for
a tiny model. Shapes: keys and values are cached as [block, head, place in block, channel].
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention, silu

_library: Any = None


def register() -> None:
    """Defines the operations; does nothing where compiled ones exist already."""
    global _library
    if hasattr(torch.ops._C, "cpu_attention_with_kv_cache"):
        return
    _library = torch.library.Library("_C", "FRAGMENT")  # torch forgets the operations with the library
    for schema, operation in OPERATIONS.items():
        _library.define(schema)
        _library.impl(schema.split("(")[0], operation, "CompositeExplicitAutograd")
    _replace_fallbacks()


def multiply_by_silu(out: torch.Tensor, x: torch.Tensor) -> None:
    """The gate of a Llama-like feed-forward layer: silu of the first half times the second half."""
    half = x.shape[-1] // 2
    out.copy_(silu(x[..., :half]) * x[..., half:])


def draw_tokens(logits: torch.Tensor, seeds: torch.Tensor) -> torch.Tensor:
    """One token a row by the Gumbel trick, each row from its own seed."""
    drawn = torch.empty(logits.shape[0], dtype=torch.long)
    for row, seed in enumerate(seeds.tolist()):
        generator = torch.Generator().manual_seed(seed)
        noise = torch.empty(logits.shape[1]).exponential_(generator=generator).clamp_min(1e-20)
        drawn[row] = (logits[row] - noise.log()).argmax()
    return drawn


def pick_tokens(logits: torch.Tensor) -> torch.Tensor:
    """The likeliest token of each row."""
    return logits.argmax(dim=-1).view(-1)


def map_slots(
    query_starts: torch.Tensor,
    positions: torch.Tensor,
    block_table: torch.Tensor,
    slots: torch.Tensor,
    block_size: int,
) -> None:
    """Where in the cache each token of the batch goes; -1 for the padding behind them."""
    lengths = (query_starts[1:] - query_starts[:-1]).long()
    total = int(query_starts[-1])
    rows = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
    places = positions[:total].long()
    blocks = block_table[rows, places // block_size].long()
    slots[:total] = (blocks * block_size + places % block_size).to(slots.dtype)
    slots[total:] = -1


def store_in_cache(
    keys: torch.Tensor,
    values: torch.Tensor,
    key_cache: torch.Tensor,
    value_cache: torch.Tensor,
    slots: torch.Tensor,
    *_: Any,
) -> None:
    """Writes the batch's keys and values to their slots."""
    block_size = key_cache.shape[2]
    tokens = (slots >= 0).nonzero().squeeze(1)
    places = slots[tokens].long()
    key_cache[places // block_size, :, places % block_size] = keys[tokens].to(key_cache.dtype)
    value_cache[places // block_size, :, places % block_size] = values[tokens].to(value_cache.dtype)


def attend(
    query: torch.Tensor,
    key_cache: torch.Tensor,
    value_cache: torch.Tensor,
    out: torch.Tensor,
    query_starts: torch.Tensor,
    lengths: torch.Tensor,
    scale: float,
    causal: bool,
    alibi: torch.Tensor | None,
    window: int,
    block_table: torch.Tensor,
    softcap: float,
    _schedule: torch.Tensor,
    sinks: torch.Tensor | None,
    dynamic: torch.Tensor | None,
    *_: Any,
) -> None:
    """Paged attention, one sequence after the other; refuses what tiny test models do not use."""
    if alibi is not None or sinks is not None or dynamic is not None or softcap:
        raise ValueError(
            "alibi, sinks, dynamic causality and softcap are not supported by these test operations"
        )
    starts = query_starts.tolist()
    block_size = key_cache.shape[2]
    for row, length in enumerate(lengths.tolist()[: len(starts) - 1]):
        new = slice(starts[row], starts[row + 1])
        if new.start == new.stop:
            continue
        blocks = block_table[row, : -(-length // block_size)].long()
        keys, values = (_gather(cache, blocks, length) for cache in (key_cache, value_cache))
        heads = query[new].transpose(0, 1)[None]
        whole = causal and window <= 0 and new.stop - new.start == length
        mask = None if whole else _mask(new.stop - new.start, length, causal, window)
        attended = scaled_dot_product_attention(
            heads, keys, values, attn_mask=mask, is_causal=whole, scale=scale, enable_gqa=True
        )
        out[new] = attended[0].transpose(0, 1).reshape(out[new].shape)


def _gather(cache: torch.Tensor, blocks: torch.Tensor, length: int) -> torch.Tensor:
    """One sequence's keys or values as [1, head, token, channel]."""
    return cache.index_select(0, blocks).transpose(0, 1).flatten(1, 2)[None, :, :length]


def _mask(new: int, length: int, causal: bool, window: int) -> torch.Tensor | None:
    if new == 1 and window <= 0:
        return None
    asking = torch.arange(length - new, length)[:, None]
    asked = torch.arange(length)[None]
    mask = asked <= asking if causal else torch.ones(new, length, dtype=torch.bool)
    return mask & (asked > asking - window) if window > 0 else mask


def _replace_fallbacks() -> None:
    """Two places where vLLM 0.32.0 looks for compiled code on its own account."""
    from vllm.model_executor.layers.rotary_embedding.base import RotaryEmbedding
    from vllm.utils import cpu_triton_utils

    RotaryEmbedding.forward_cpu = RotaryEmbedding.forward_native

    def map_slots_kernel(
        _tokens: int,
        _capacity: int,
        query_starts: torch.Tensor,
        positions: torch.Tensor,
        block_table: torch.Tensor,
        _stride: int,
        slots: torch.Tensor,
        block_size: int,
        *_: int,
    ) -> None:
        map_slots(query_starts, positions, block_table, slots, block_size)

    cpu_triton_utils._compute_slot_mapping_kernel_impl = map_slots_kernel


# Each operation under the signature by which vLLM calls it.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "silu_and_mul(Tensor(a!) out, Tensor x) -> ()": multiply_by_silu,
    "fused_gumbel_argmax(Tensor logits, Tensor seeds) -> Tensor": draw_tokens,
    "greedy_argmax(Tensor logits) -> Tensor": pick_tokens,
    "init_cpu_memory_env(int[] nodes) -> ()": lambda _nodes: None,
    "get_scheduler_metadata(int requests, int heads, int kv_heads, int channels, Tensor lengths, "
    "ScalarType dtype, Tensor query_starts, bool causal, int window, str isa, bool split, "
    "Tensor? dynamic, str kv_dtype) -> Tensor": lambda *_: torch.empty(0),
    "compute_slot_mapping_kernel_impl(Tensor query_starts, Tensor positions, Tensor block_table, "
    "Tensor(a!) slots, int block_size) -> ()": map_slots,
    "cpu_attn_reshape_and_cache(Tensor keys, Tensor values, Tensor(a!) key_cache, Tensor(b!) value_cache, "
    "Tensor slots, str isa, float key_scale, float value_scale, str kv_dtype) -> ()": store_in_cache,
    "cpu_attention_with_kv_cache(Tensor query, Tensor key_cache, Tensor value_cache, Tensor(a!) out, "
    "Tensor query_starts, Tensor lengths, float scale, bool causal, Tensor? alibi, int window, "
    "Tensor block_table, float softcap, Tensor schedule, Tensor? sinks, Tensor? dynamic, "
    "float key_scale, float value_scale, str kv_dtype) -> ()": attend,
}
