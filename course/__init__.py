"""Reference modules of the course: how is it done?

Each module stands alone and is imported by its full name, for example
``from course.vae.losses import kl_loss``. Importing ``course`` imports nothing
heavy; a module that needs TensorFlow imports it itself.
"""
