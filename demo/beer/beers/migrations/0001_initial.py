"""The table of beers."""

import django.core.validators
from django.db import migrations, models

STYLES = [
    ("pilsner", "Pilsner"),
    ("wheat", "Wheat beer"),
    ("pale-ale", "Pale ale"),
    ("amber", "Amber ale"),
    ("dubbel", "Dubbel"),
    ("stout", "Stout"),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Beer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("style", models.CharField(choices=STYLES, max_length=20)),
                (
                    "strength",
                    models.DecimalField(
                        decimal_places=1,
                        max_digits=3,
                        validators=[django.core.validators.MaxValueValidator(20)],
                        verbose_name="strength (% vol)",
                    ),
                ),
            ],
            options={"ordering": ["name"]},
        ),
    ]
