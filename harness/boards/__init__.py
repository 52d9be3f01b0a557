"""Boards and simulators as data: the catalogue, the tools that they need, what is missing here."""
