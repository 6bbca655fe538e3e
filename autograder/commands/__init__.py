"""The commands of ``python -m autograder``, by what they are for. ``autograder.cli`` lists them.

A command imports what it needs when it is called: nbgrader and TensorFlow take seconds to import.
"""
