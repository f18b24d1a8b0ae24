"""A demonstration: real pupils of a study, made-up people, and a sign-in for every role."""
