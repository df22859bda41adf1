"""Tides, moons and planting days."""

__version__ = "1.4.0"
