"""Time of a model on a simulated core, by layer, function and class of instruction."""
