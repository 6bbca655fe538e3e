"""All that the sandbox sees of the autograder: it runs cells and observes functions."""
