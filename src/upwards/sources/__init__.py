"""Outside files turned into standard tables."""
