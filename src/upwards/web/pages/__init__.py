"""The first page, the pages for machines, and the pages that say what went wrong."""
