"""A model file as codegen sees it, without a build."""
