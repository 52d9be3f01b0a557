"""Where a model's time goes on a simulated core: by layer, function and class of instruction."""
