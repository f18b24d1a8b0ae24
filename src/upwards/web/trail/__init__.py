"""The audit trail: who read personal data or changed anything, and when."""
