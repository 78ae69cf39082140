"""Indexes for a person's lists: one to count along, one in the order in which work is shown."""

from django.db import migrations

import viewflow.workflow.indexes


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0021_open_and_ended")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=viewflow.workflow.indexes.OwnIndex(
                fields=["owner", "status", "created"], name="viewflow_task_own_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=viewflow.workflow.indexes.OpenIndex(
                fields=["owner", "created"], name="viewflow_task_inbox_idx"
            ),
        ),
        migrations.RemoveIndex(model_name="task", name="viewflow_task_owner_idx"),
    ]
