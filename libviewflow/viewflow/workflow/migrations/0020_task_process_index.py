"""An index for the open tasks of a process: however long it runs, a step finds them at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0019_starttick")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                fields=["process", "status", "id"], name="viewflow_task_process_idx"
            ),
        ),
    ]
