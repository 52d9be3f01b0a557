"""Energy per inference: measured by a current probe, or estimated from a datasheet's current."""
