"""The nouns: moments, academic year, origin, settings, errors."""
