"""An index for what is due: the sweeper of jobs asks for it every few seconds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0017_signaldelivery")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["status", "scheduled"], name="viewflow_task_due_idx"),
        ),
    ]
