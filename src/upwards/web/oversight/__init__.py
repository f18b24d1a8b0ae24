"""For owners: the audit trail, what is held about somebody, and erasing it."""
