"""The local development platform of the simulated boards: nothing to install, nothing to fetch."""

from platformio.platform.base import PlatformBase


class Mcu_simPlatform(PlatformBase):
    """PlatformIO derives this name from the platform's."""

    def is_embedded(self):
        return True
