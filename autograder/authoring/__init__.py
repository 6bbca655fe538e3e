"""For course authors: begins an exercise, and holds every exercise to its promises."""
