"""Codegen's view of a model file, without a build."""
