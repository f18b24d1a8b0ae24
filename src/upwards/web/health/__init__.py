"""Whether the group as a whole grows: system health, the anonymous pulse, and what takes attention."""
