"""Beer."""

from __future__ import annotations

from django.db import models


class Beer(models.Model):
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name
