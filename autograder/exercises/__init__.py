"""What is asked: each assignment's exercises, with reference, probe and misconceptions."""
