"""When processes were started by the clock: the rows at which dispatchers meet."""

from django.db import migrations, models

import viewflow.workflow.fields


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0018_due_index")]

    operations = [
        migrations.CreateModel(
            name="StartTick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "flow_task",
                    viewflow.workflow.fields.TaskReferenceField(
                        max_length=255, unique=True, verbose_name="Node"
                    ),
                ),
                (
                    "last",
                    models.DateTimeField(blank=True, null=True, verbose_name="Last start"),
                ),
            ],
            options={
                "verbose_name": "Timer of a start",
                "verbose_name_plural": "Timers of starts",
            },
        ),
    ]
