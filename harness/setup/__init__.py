"""Tools of targets that no package manager installs: PlatformIO's core folder, built tools."""
