"""From the bytes that were handed in to cells that can be graded: read, match, repair or refuse."""
