"""Accuracy against sparsity, without any device."""
