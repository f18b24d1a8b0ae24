"""On which days school is out, and counting the days on which it is not."""
