"""An index for what is due: dispatchers and the sweeper of jobs ask for it every few seconds."""

from django.db import migrations

import viewflow.workflow.indexes


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0017_signaldelivery")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=viewflow.workflow.indexes.DueIndex(
                fields=["status", "scheduled"], name="viewflow_task_due_idx"
            ),
        ),
    ]
