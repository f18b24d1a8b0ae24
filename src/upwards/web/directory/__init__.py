"""The pages on people: list, one person, changing, volunteering, asking for help, agreeing to be named."""
