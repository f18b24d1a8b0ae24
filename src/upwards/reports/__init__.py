"""An answer as a page."""
