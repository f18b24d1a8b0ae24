"""Speed and memory, side by side with other tools, as ratios."""
