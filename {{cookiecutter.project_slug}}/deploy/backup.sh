#!/bin/sh
# Saves the database and the uploaded files of deploy/compose.production.yaml:
#   sh deploy/backup.sh [folder]        (default: backups/<date and time>)
set -eu
cd "$(dirname "$0")/.."
target=${1:-backups/$(date -u +%Y%m%dT%H%M%SZ)}
compose() { docker compose --env-file .env -f deploy/compose.production.yaml "$@"; }

if [ -e "$target" ]; then
    echo "$target exists already; nothing was saved." >&2
    exit 1
fi
# Under another name until both files are complete, so that half a backup never looks like one.
partial=$target.partial
umask 077
mkdir -p "$partial"
trap 'rm -rf "$partial"' EXIT
compose exec -T db pg_dump --username app --dbname app --format custom > "$partial/database.dump"
compose exec -T web python -c 'import sys, tarfile, os
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|gz") as tar:
    if os.path.isdir("/data/media"): tar.add("/data/media", arcname="media")' > "$partial/media.tar.gz"
mv "$partial" "$target"
trap - EXIT
echo "Saved to $target"
