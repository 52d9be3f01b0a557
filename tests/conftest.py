"""Settings for all tests.

Hypothesis draws the same examples in every run, so that a change is judged by itself: TensorFlow
Lite's interpreter, the reference, aborts on rare networks. `HARNESS_FUZZ=1 make test` draws anew.
"""

import os

from hypothesis import settings

# No test hangs on the speed of the machine it runs on.
settings.register_profile("harness", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None)
settings.load_profile("fuzz" if os.environ.get("HARNESS_FUZZ") else "harness")
