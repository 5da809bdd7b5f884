"""What the site is about."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models


class Style(models.TextChoices):
    """Beer styles, from pale to dark."""

    PILSNER = "pilsner", "Pilsner"
    WHEAT = "wheat", "Wheat beer"
    PALE_ALE = "pale-ale", "Pale ale"
    AMBER = "amber", "Amber ale"
    DUBBEL = "dubbel", "Dubbel"
    STOUT = "stout", "Stout"


class Beer(models.Model):
    """A beer that the brewery makes."""

    name = models.CharField(max_length=80, unique=True)
    style = models.CharField(max_length=20, choices=Style.choices)
    strength = models.DecimalField(
        "strength (% vol)", max_digits=3, decimal_places=1, validators=[MaxValueValidator(20)]
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
