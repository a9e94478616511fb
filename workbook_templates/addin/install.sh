#!/bin/bash
# Installs S&OP for Excel for this user of a Mac: Python environment, add-in, settings. Needs no administrator.
#
#   install.sh [--wheels FOLDER] [--server URL] [--inputs FOLDER] [--ask-token] [--python PYTHON]
#   install.sh --uninstall [--forget]
#
# --wheels     folder with the wheel of sop-xl and of everything it needs; left out: the package index pip is set up for
# --python     Python 3.11 or newer; left out: the newest one found
# --forget     with --uninstall: also remove the settings, with the token
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program="$HOME/.sop_xl"
wheels="" python="" uninstall="" settings=() forget=()

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

stop() {
  echo "install.sh: $1" >&2
  exit "${2:-1}"
}

while [ $# -gt 0 ]; do
  case "$1" in
    --wheels | --python | --server | --inputs) [ $# -ge 2 ] || stop "$1 needs a value" 2 ;;
  esac
  case "$1" in
    --wheels) wheels=$2 && shift 2 ;;
    --python) python=$2 && shift 2 ;;
    --server | --inputs) settings+=("$1" "$2") && shift 2 ;;
    --ask-token) settings+=("$1") && shift ;;
    --uninstall) uninstall=yes && shift ;;
    --forget) forget=(--forget) && shift ;;
    -h | --help) usage && exit 0 ;;
    *) stop "unknown option $1; see --help" 2 ;;
  esac
done

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in "$python" python3.14 python3.13 python3.12 python3.11 python3; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && new_enough "$candidate"; then
      command -v "$candidate"
      return
    fi
    [ -z "$python" ] || break
  done
  stop "no Python 3.11 or newer found${python:+ at $python}; install one from python.org and try again"
}

find_constraints() {
  local candidate
  for candidate in "${wheels:+$wheels/constraints.txt}" "$here/constraints.txt" "$here/../../constraints.txt"; do
    if [ -n "$candidate" ] && [ -f "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
  stop "constraints.txt, which names the exact versions, lies neither with the wheels nor with this script"
}

if pgrep -x "Microsoft Excel" >/dev/null 2>&1; then
  stop "Excel is running; close it and try again"
fi

if [ -n "$uninstall" ]; then
  if [ -x "$program/venv/bin/sop-xl" ]; then
    "$program/venv/bin/sop-xl" excel uninstall ${forget[@]+"${forget[@]}"}
  fi
  rm -rf "$program/venv"
  echo "Removed $program/venv"
  exit 0
fi

if [ -n "$wheels" ] && [ ! -d "$wheels" ]; then
  stop "the folder $wheels does not exist"
fi
chosen=$(find_python)
pinned=$(find_constraints)
echo "Python: $chosen"
"$chosen" -m venv --clear "$program/venv"
source_options=()
if [ -n "$wheels" ]; then
  source_options=(--no-index --find-links "$wheels")
fi
"$program/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  ${source_options[@]+"${source_options[@]}"} --constraint "$pinned" "sop-xl[excel]"
"$program/venv/bin/sop-xl" excel install ${settings[@]+"${settings[@]}"}
"$program/venv/bin/sop-xl" excel doctor ||
  echo "Installed. What is marked above as error must be put right before all buttons work."
