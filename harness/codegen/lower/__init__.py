"""From operators to kernel calls: one module an operator family."""
