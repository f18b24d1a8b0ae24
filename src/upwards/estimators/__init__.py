"""Statistics on arrays: mixed models from moments, effects of units, intervals."""
