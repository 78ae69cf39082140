"""Indexes for the lists that people open all day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0015_task_scheduled")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["owner", "status", "created"], name="viewflow_task_owner_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["flow_task", "status", "created"], name="viewflow_task_node_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="process",
            index=models.Index(
                fields=["flow_class", "status", "created"], name="viewflow_process_list_idx"
            ),
        ),
    ]
