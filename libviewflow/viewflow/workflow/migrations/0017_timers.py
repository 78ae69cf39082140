"""What the clock needs: an index of timers that wait, and when processes were started by it."""

from django.db import migrations, models

import viewflow.workflow.fields
import viewflow.workflow.indexes


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0016_page_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=viewflow.workflow.indexes.DueIndex(
                fields=["status", "scheduled"], name="viewflow_task_due_idx"
            ),
        ),
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
