"""The serial link to the firmware: frames, messages, sessions (docs/protocol.md)."""
