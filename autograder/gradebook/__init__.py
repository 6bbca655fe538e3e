"""A class: its submissions, marks, late days and feedback, also with several graders at once."""
