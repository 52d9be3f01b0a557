"""Boards and simulators as data: the catalogue, and the tools that they need."""
