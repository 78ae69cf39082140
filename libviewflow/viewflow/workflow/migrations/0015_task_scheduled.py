"""Empty: 0001_initial has it. Migrations of other projects refer to this name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0014_alter_process_parent_task")]
    operations: list = []
