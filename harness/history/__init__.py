"""A figure over the commits of past runs."""
