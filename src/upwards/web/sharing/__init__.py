"""Data controllers, and the agreements under which one shares with another."""
