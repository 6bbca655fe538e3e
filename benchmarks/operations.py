"""How many floating-point operations a step of training needs, counted from the layers' shapes."""

__all__ = ["BATCH_SIZES", "LAYERS", "PEAK_FLOPS", "SIDE", "layer_flops", "step_flops"]

BATCH_SIZES = {"vae": 128, "gan": 64}
# Layers of the VAE with products. All others are additions, activations and losses.
LAYERS = (
    "enc_conv1",
    "enc_conv2",
    "enc_conv3",
    "enc_conv4",
    "enc_dense",
    "dec_dense2",
    "dec_conv1",
    "gen_img",
)
SIDE = 2048  # Size of the matrices whose product sets the limit.
PEAK_FLOPS = 2 * SIDE**3


def step_flops(part):
    """Multiplications and additions of one step, 'plain' and 'folded'.

    The backward pass takes twice the forward pass, without the gradients that a step does not
    need: those of the images, and in the generator's update those of the discriminator's
    weights.
    """
    import course.backend  # noqa: F401

    from course.gan.discriminator import build_discriminator
    from course.gan.generator import build_generator

    size = BATCH_SIZES[part]
    if part == "vae":
        total = sum(layer_flops().values())
        return {"plain": total, "folded": total}
    dealer = _products(build_discriminator())
    result = {}
    for kind, folded in [("plain", False), ("folded", True)]:
        forger = _products(build_generator(), folded)
        of_dealer = _total(forger) + 2 * (3 * _total(dealer) - _first(dealer))
        of_forger = 3 * _total(forger) - _first(forger) + 2 * _total(dealer)
        result[kind] = 2 * size * (of_dealer + of_forger)
    return result


def layer_flops():
    """Multiplications and additions of each layer of the VAE in a step."""
    import course.backend  # noqa: F401

    from course.vae.decoder import build_decoder
    from course.vae.encoder import build_encoder

    counts = _products(build_encoder(2)) | _products(build_decoder(2))
    size = BATCH_SIZES["vae"]
    return {
        name: 2 * size * count * (2 if name == LAYERS[0] else 3) for name, count in counts.items()
    }


def _products(network, folded=False):
    """Multiplications of each layer in a forward pass for one example."""
    counts = {}
    upsampled = False
    for layer in network.layers:
        if type(layer).__name__ in ("Conv2D", "Conv2DTranspose"):
            kernel = layer.kernel.shape
            # Each entry of the kernel meets each pixel of the smaller image, or of the larger.
            image = layer.input if type(layer).__name__ == "Conv2DTranspose" else layer.output
            count = image.shape[1] * image.shape[2] * kernel[0] * kernel[1] * kernel[2] * kernel[3]
            counts[layer.name] = count * 9 // 25 if folded and upsampled else count
        elif type(layer).__name__ == "Dense":
            counts[layer.name] = layer.kernel.shape[0] * layer.kernel.shape[1]
        upsampled = type(layer).__name__ == "UpSampling2D"
    return counts


def _total(counts):
    return sum(counts.values())


def _first(counts):
    return next(iter(counts.values()))
