#!/bin/sh
# Generate a project with the default answers under .demo/, install it, fill it with demo people
# and orders, and serve it in the foreground, with a worker beside it. Each run starts from a fresh
# project and database; the environment with the installed packages is kept, so the second run is
# quick.
set -eu
cd "$(dirname "$0")/.."
: "${PYTHON:=python3}" "${PORT:=8000}"
demo=$PWD/.demo
venv=$demo/venv

mkdir -p "$demo"
if [ ! -x "$venv/bin/python" ]; then
    echo "Making an environment in .demo/venv …"
    "$PYTHON" -m venv "$venv"
fi

# With uv where it is installed and reaches its index, else with pip. Not compiled: Python compiles
# what it imports, and that is a small part of what is installed.
install() {
    command -v uv >/dev/null 2>&1 && uv pip install --quiet --python "$venv/bin/python" "$@" ||
        "$venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check "$@"
}

echo "Generating the project …"
install "cookiecutter>=2.6"
rm -rf "$demo/project"
"$venv/bin/cookiecutter" --no-input --output-dir "$demo/project" .
cd "$demo/project"/*/

echo "Installing it …"
install -r requirements/base.txt
install --no-deps --no-build-isolation -e ./libviewflow

"$venv/bin/python" manage.py migrate --no-input -v 0
"$venv/bin/python" manage.py demo --address "http://127.0.0.1:$PORT/"
# The worker beside the site: payments and deadlines of the second example.
"$venv/bin/python" manage.py workflow_worker -v 0 &
worker=$!
"$venv/bin/python" manage.py runserver --noreload "127.0.0.1:$PORT" &
server=$!
# Control-C does not reach what a script has put into the background.
trap 'kill "$server" "$worker" 2>/dev/null; wait' EXIT
trap 'exit 0' INT TERM HUP
wait "$server"
