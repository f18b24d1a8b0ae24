"""What schools try out: a hypothesis, a measure, a decision; and the reading behind it."""
