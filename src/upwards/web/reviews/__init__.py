"""Reviews of a school by visiting peers, and the audit of the four capitals."""
