#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned packages: install.sh PYTHON FOLDER
set -euo pipefail
exec >&2 # standard output belongs to the command that is run after this: `make bench FORMAT=json`
python=$1
venv=$2
requirements=requirements-dev.txt
uv_version=0.13.8
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

check_python() {
    command -v "$python" >/dev/null || fail "$python is not installed. Install Python 3.11 to 3.13, or run: make PYTHON=/path/to/python …"
    "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
        fail "$("$python" --version 2>&1) does not fit: Python 3.11 to 3.13 is needed. Run: make PYTHON=python3.12 … (or another that is installed)"
}

has_pip() {
    "$venv/bin/python" -c 'import pip' 2>/dev/null
}

# Debian splits ensurepip off, so `-m venv` alone can fail; anything that makes an environment will do.
make_venv() {
    if [ -x "$venv/bin/python" ] && has_pip && same_version; then return; fi
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$log" 2>&1 && has_pip && return
    rm -rf "$venv"
    if "$python" -m virtualenv --version >/dev/null 2>&1; then
        "$python" -m virtualenv --quiet "$venv" && return
    elif command -v virtualenv >/dev/null; then
        virtualenv --quiet --python "$python" "$venv" && return
    elif command -v uv >/dev/null; then
        uv venv --quiet --seed --python "$python" "$venv" && return
    fi
    local package
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $package …"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; } >>"$log" 2>&1 || true
        rm -rf "$venv"
        "$python" -m venv "$venv" >>"$log" 2>&1 && has_pip && return
    fi
    rm -rf "$venv"
    cat "$log" >&2
    fail "No virtual environment could be made. Install the package $package (sudo apt-get install $package), then try again."
}

same_version() {
    [ "$("$venv/bin/python" -c 'import sys; print(sys.version_info[:2])' 2>/dev/null)" = "$("$python" -c 'import sys; print(sys.version_info[:2])')" ]
}

# uv is several times faster, but does not read pip's configuration (mirrors, certificates): pip is the fallback.
install_packages() {
    if "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version" >"$log" 2>&1 &&
        "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" -r "$requirements" >>"$log" 2>&1; then
        return
    fi
    echo "uv could not install the packages; trying pip (slower) …"
    echo "--- pip:" >>"$log"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >>"$log" 2>&1 && return
    tail -n 30 "$log" >&2
    fail "The packages of $requirements could not be installed; see above."
}

check_python
echo "Making $venv with $("$python" --version 2>&1): once, about a minute …"
make_venv
install_packages
echo "Installed."
