"""The indexes that lists and dashboards are read along."""

from __future__ import annotations

import pytest
from django.db import connection

from viewflow.workflow.indexes import OpenIndex, OwnIndex
from viewflow.workflow.models import Task

pytestmark = pytest.mark.django_db

ASKED = {"flow_task", "flow_task_type"}


def statement(index):
    editor = connection.SchemaEditorClass(connection, collect_sql=True)
    return str(index.create_sql(Task, editor))


def test_counting_a_persons_tasks_reads_the_index_alone():
    (index,) = [index for index in Task._meta.indexes if isinstance(index, OwnIndex)]
    sql = statement(index)
    if connection.features.supports_covering_indexes:
        _columns, _include, covered = sql.partition("INCLUDE")
        assert all(name in covered for name in ASKED)
    else:
        assert "INCLUDE" not in sql
        assert index.name in sql


def test_the_table_has_the_indexes_of_the_model():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Task._meta.db_table)
    assert {index.name for index in Task._meta.indexes} <= found.keys()
    assert "viewflow_task_owner_idx" not in found


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL proves one IN by another"
)
def test_an_inbox_is_read_in_the_order_of_its_index():
    (index,) = [
        index
        for index in Task._meta.indexes
        if isinstance(index, OpenIndex) and index.fields[0] == "owner"
    ]
    rows = Task.objects.filter(owner_id=1, status__in=["ASSIGNED", "STARTED"]).order_by("created")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        assert index.name in rows[:25].explain()
