"""upwards."""
