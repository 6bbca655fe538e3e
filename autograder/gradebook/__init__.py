"""A class: who handed in what, its marks, late days, and several graders at once."""
