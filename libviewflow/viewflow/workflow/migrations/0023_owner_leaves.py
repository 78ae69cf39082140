"""A deleted user takes no task along. Nothing changes in the database."""

import django.db.models
from django.conf import settings
from django.db import migrations

import viewflow.workflow.owners


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("viewflow", "0022_own_and_inbox"),
    ]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="owner",
            field=django.db.models.ForeignKey(
                blank=True,
                null=True,
                on_delete=viewflow.workflow.owners.release_tasks,
                to=settings.AUTH_USER_MODEL,
                verbose_name="Owner",
            ),
        ),
    ]
