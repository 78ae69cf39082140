"""Empty: 0001_initial has it. Migrations of other projects refer to this name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("viewflow", "0013_process_seed_content_type_process_seed_object_id_and_more")]
    operations: list = []
