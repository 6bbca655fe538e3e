"""Precision of the products in training: float32, or bfloat16 where the processor has it.

bfloat16 has the range of float32, but 8 bits for the digits where float32 has 24. A processor
with bfloat16 instructions multiplies two to four times as many numbers in the same time, and
adds the products in float32. Only the factors of products are rounded: weights, losses, batch
statistics and the optimiser's state stay in float32.
"""

import contextlib
import functools
import time
from collections.abc import Iterator

import keras
import tensorflow as tf

__all__ = ["PRECISIONS", "bfloat16_gain", "choose_precision", "products_in"]

PRECISIONS = ("float32", "bfloat16", "auto")
# Below this gain, rounding the numbers costs as much time as it saves.
WORTHWHILE = 1.3
EXACT = (keras.layers.Dense, keras.layers.Wrapper)


@functools.cache
def bfloat16_gain() -> float:
    """How much faster this machine multiplies matrices in bfloat16 than in float32.

    It is measured once per process, in about a tenth of a second: a processor may have the
    instructions although TensorFlow does not use them, or is not faster with them.

    Returns:
        Ratio of the two times, each the shortest of several: about 2 with AVX512-BF16, more
        with AMX, below 1 where bfloat16 is emulated.
    """
    with tf.init_scope():  # Also works while a graph is being built.
        matrix = tf.random.stateless_normal((768, 768), (1, 2))
        kinds = {dtype: tf.cast(matrix, dtype) for dtype in (tf.float32, tf.bfloat16)}
        times: dict[tf.DType, list[float]] = {dtype: [] for dtype in kinds}
        for _ in range(8):
            for dtype, factor in kinds.items():
                started = time.perf_counter()
                tf.matmul(factor, factor).numpy()
                times[dtype].append(time.perf_counter() - started)
    return min(times[tf.float32]) / min(times[tf.bfloat16])


def choose_precision(precision: str) -> str:
    """The precision of products, with 'auto' decided for this machine.

    Args:
        precision: 'float32', 'bfloat16', or 'auto', which is bfloat16 where this machine
            is faster with it.

    Returns:
        'float32' or 'bfloat16'.

    Raises:
        ValueError: if it is none of these.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}; choose from {', '.join(PRECISIONS)}")
    if precision == "auto":
        return "bfloat16" if bfloat16_gain() > WORTHWHILE else "float32"
    return precision


@contextlib.contextmanager
def products_in(precision: str, *networks: keras.Model) -> Iterator[None]:
    """Context in which the networks' convolutions compute their products in a precision.

    What is compiled in the context keeps this precision; after the context the networks are
    as before. Dense layers and a network's last layers stay in float32: they cost little, and
    few numbers carry much there, such as the codes of a VAE and the inputs of losses.
    Wrappers stay in float32 as well: spectral normalization would write a rounded kernel back.

    Two threads must not use it at the same time, because it changes the networks and changes
    them back.

    Args:
        precision: 'float32', which changes nothing, 'bfloat16', or 'auto'.
        networks: Functional models.

    Raises:
        ValueError: if the precision is none of these.
    """
    if choose_precision(precision) == "float32":
        yield
        return
    changed = {}
    for network in networks:
        last = {id(output) for output in network.outputs}
        for layer in network.layers:
            if id(layer.output) not in last and not isinstance(layer, EXACT):
                changed[layer] = layer.dtype_policy
    try:
        for layer in changed:
            layer.dtype_policy = "mixed_bfloat16"
        yield
    finally:
        for layer, policy in changed.items():
            layer.dtype_policy = policy
