"""One page per question: a plain sentence, a chart, its table, then the statistics."""
