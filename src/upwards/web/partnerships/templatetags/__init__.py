"""Words for the templates of other apps."""
