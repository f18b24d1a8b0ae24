"""The place where people work: parse a request, ask one action, show the answer; keep people's records."""
