#!/bin/bash
set -e
if [ -n "$EXTRA" ]; then
  sudo -E apt-get -qq update
fi
here=$(dirname "$0")
python3 "$here/more.py"
exec "$@"
