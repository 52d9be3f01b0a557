"""Samples and labels: from files or functions, split and scaled."""
