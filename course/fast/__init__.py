"""The same training in less time: less arithmetic, and products of shorter numbers.

No lecture needs these modules to explain something. ``course.vae.model`` and
``course.gan.model`` use them when they train.
"""
