"""Lowering of operators to kernel calls: one module for each operator family."""
