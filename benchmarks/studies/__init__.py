"""Simulated studies of the rules for verdict, gate and history: how often they are wrong."""
