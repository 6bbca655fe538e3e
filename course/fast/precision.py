"""Which numbers are multiplied in training: float32, or bfloat16 where the processor has it.

bfloat16 has the range of float32 and 8 bits of its 24 for the digits. A processor that knows
it multiplies two to four times as many of them in the same time, and adds the products up in
float32. So only products are taken of rounded numbers: weights, losses, batch statistics and
what an optimiser keeps stay in float32.
"""

import contextlib
import functools
import time

import keras
import tensorflow as tf

__all__ = ["PRECISIONS", "bfloat16_gain", "choose_precision", "products_in"]

PRECISIONS = ("float32", "bfloat16", "auto")
# Below this gain, what it takes to round numbers eats up what is won.
WORTHWHILE = 1.3
EXACT = (keras.layers.Dense, keras.layers.Wrapper)


@functools.cache
def bfloat16_gain():
    """How much faster this machine multiplies matrices in bfloat16 than in float32.

    Measured, in about a tenth of a second, once in a process: that a processor has the
    instructions does not say that TensorFlow uses them, nor that it gains by them.

    Returns:
        Ratio of the two times, each the shortest of several: about 2 with AVX512-BF16, more
        with AMX, below 1 where bfloat16 is emulated.
    """
    with tf.init_scope():  # Also where a graph is being made.
        matrix = tf.random.stateless_normal((768, 768), (1, 2))
        kinds = {dtype: tf.cast(matrix, dtype) for dtype in (tf.float32, tf.bfloat16)}
        times = {dtype: [] for dtype in kinds}
        for _ in range(8):
            for dtype, factor in kinds.items():
                started = time.perf_counter()
                tf.matmul(factor, factor).numpy()
                times[dtype].append(time.perf_counter() - started)
    return min(times[tf.float32]) / min(times[tf.bfloat16])


def choose_precision(precision):
    """The precision of products, decided.

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
def products_in(precision, *networks):
    """Within this context the networks' convolutions take their products in a precision.

    What is compiled in the context keeps it; before and after it, the networks are what
    they were. Dense layers, and a network's last ones, stay in float32: they cost little, and
    in them few numbers carry much, such as the codes of a VAE and what losses are made of. So do
    wrappers: spectral normalization would write a rounded kernel back.

    Not for two threads at a time: the networks themselves are changed, and put back.

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
