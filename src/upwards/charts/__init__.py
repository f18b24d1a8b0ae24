"""An answer as a chart, with its table and its alt text."""
