"""PlatformIO extra script: where the image's generated headers are.

HARNESS_IMAGE_DIR names the folder that holds image.h; without it the image has no models.
"""

import os
from pathlib import Path

Import("env")

empty = Path(env.subst("$PROJECT_DIR")) / "firmware" / "empty"
folder = Path(os.environ.get("HARNESS_IMAGE_DIR") or empty).resolve()
if not (folder / "image.h").is_file():
    raise SystemExit(f"HARNESS_IMAGE_DIR: there is no image.h in {folder}")
env.Append(CPPPATH=[str(folder)])
