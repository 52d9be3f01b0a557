"""Images: PlatformIO builds, footprints, packing of models."""
