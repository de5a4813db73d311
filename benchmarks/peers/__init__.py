"""What the pack is compared with, each in its own environment."""
