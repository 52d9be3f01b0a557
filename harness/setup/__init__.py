"""What targets need and no package manager installs: PlatformIO's core folder, built tools."""
