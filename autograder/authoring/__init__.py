"""For course authors: starts a new exercise, and checks that every exercise keeps its promises."""
