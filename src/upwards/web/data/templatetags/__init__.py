"""Words for the templates of the data."""
