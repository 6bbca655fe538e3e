"""The code that the course teaches: each function body is written here and nowhere else.

Import each module by its full name, for example
``from course.vae.losses import kl_loss``. Importing ``course`` alone is quick; a module that
needs TensorFlow imports it itself.
"""
