#!/bin/sh
# Puts a backup back into deploy/compose.production.yaml, over what is there:
#   sh deploy/restore.sh backups/<date and time>
set -eu
cd "$(dirname "$0")/.."
source=${1:?which backup? give its folder}
compose() { docker compose --env-file .env -f deploy/compose.production.yaml "$@"; }

for file in database.dump media.tar.gz; do
    if [ ! -f "$source/$file" ]; then
        echo "$source has no $file; nothing was changed." >&2
        exit 1
    fi
done
compose stop web worker{% if cookiecutter.background == "celery" %} beat{% endif %}
# One transaction: either the whole backup is back, or the database is as it was.
compose exec -T db pg_restore --username app --dbname app --clean --if-exists --no-owner \
    --single-transaction < "$source/database.dump"
compose run --rm --no-deps -T web python -c 'import sys, tarfile, shutil
shutil.rmtree("/data/media", ignore_errors=True)
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|gz") as tar: tar.extractall("/data", filter="data")' \
    < "$source/media.tar.gz"
# A backup of an older version needs its migrations.
compose up --detach --wait
echo "Restored from $source"
