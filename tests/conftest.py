"""Settings for all tests."""

from hypothesis import settings

# No test hangs on the speed of the machine it runs on.
settings.register_profile("harness", deadline=None)
settings.load_profile("harness")
