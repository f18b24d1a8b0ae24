"""The page of settings: every threshold with its reason, source and date, and who changed it."""
