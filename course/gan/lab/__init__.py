"""The failure lab: trainings of seconds or minutes, and how they are shown (lectures 08, 09)."""
