"""The facts that the three sample documents share, so that they agree about the flat, the people and the dates."""

from __future__ import annotations

from datetime import date

__all__ = [
    "ACCENT",
    "ADDRESS",
    "DEPOSIT",
    "ELECTRICITY_AT_START",
    "GAS_AT_START",
    "HOME",
    "INK",
    "LANDLORD",
    "MOVED_IN",
    "MUTED",
    "RENT",
    "SHADE",
    "TENANTS",
]

HOME = "Flat 3, 12 Quarry Lane"
ADDRESS = f"{HOME}, Millbrook MB2 4QL"
LANDLORD = "Harriet Osei"
TENANTS = ("Jonas Weber", "Mina Patel")
MOVED_IN = date(2025, 3, 1)
RENT = 1180
DEPOSIT = 1360
ELECTRICITY_AT_START = 48_213
"""Kilowatt-hours."""
GAS_AT_START = 7_340
"""Cubic metres."""

ACCENT = "0B6E69"
INK = "1E2428"
MUTED = "68737A"
SHADE = "E3F0EE"
"""Colours, as red, green and blue in hexadecimal."""
