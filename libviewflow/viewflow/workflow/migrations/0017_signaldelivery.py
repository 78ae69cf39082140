"""Signals on their way, so that none is lost when its thrower is killed."""

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0016_page_indexes")]

    operations = [
        migrations.CreateModel(
            name="SignalDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=250, verbose_name="Signal")),
                (
                    "created",
                    models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="Created"),
                ),
                (
                    "receivers",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="Receivers",
                    ),
                ),
            ],
            options={
                "verbose_name": "Signal on its way",
                "verbose_name_plural": "Signals on their way",
                "ordering": ("pk",),
            },
        ),
    ]
