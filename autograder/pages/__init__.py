"""What people read after grading: feedback, the class report, similar submissions."""
