#!/usr/bin/env python
"""Django's command line for the Beer site with another provider."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "demo" / "beer"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "other_provider_settings")
    execute_from_command_line(sys.argv)
