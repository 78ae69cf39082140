"""Indexes for dashboards: what is open at a node, and the processes that ended last."""

from django.db import migrations

import viewflow.workflow.indexes


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0020_task_process_index")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=viewflow.workflow.indexes.OpenIndex(
                fields=["flow_task", "created"], name="viewflow_task_open_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="process",
            index=viewflow.workflow.indexes.EndedIndex(
                fields=["flow_class", "finished", "status"], name="viewflow_process_ended_idx"
            ),
        ),
    ]
