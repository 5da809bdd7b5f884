"""Some beers, so that there is something to look at."""

from django.db import migrations

BEERS = [
    ("Harbour Light", "pilsner", "4.8"),
    ("Lighthouse Wheat", "wheat", "5.2"),
    ("Gull's Own", "pale-ale", "5.6"),
    ("Copper Kettle", "amber", "5.9"),
    ("Cloister Walk", "dubbel", "7.0"),
    ("Night Ferry", "stout", "6.4"),
]


def brew(apps, _schema_editor):
    beer = apps.get_model("beers", "Beer")
    beer.objects.bulk_create(beer(name=name, style=style, strength=strength) for name, style, strength in BEERS)


class Migration(migrations.Migration):
    dependencies = [("beers", "0001_initial")]
    operations = [migrations.RunPython(brew, migrations.RunPython.noop)]
