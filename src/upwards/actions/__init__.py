"""One function per question: read from the store, measure, decide, keep the answer."""
