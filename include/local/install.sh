#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned packages, or one optional part into it: install.sh PYTHON FOLDER [EXTRA]
set -euo pipefail
exec >&2 # standard output belongs to the command that is run after this: `make bench FORMAT=json`
python=$1
venv=$2
extra=${3:-}
requirements=requirements-${extra:-dev}.txt
# What is pinned is complete: a package left out of an extra's list on purpose is not brought back as somebody's dependency.
complete=${extra:+--no-deps}
uv_version=0.13.8

# Where packages come from (index, certificates, proxy) is the user's; that they go into this environment, all of them as
# pinned, is ours.
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_REQUIRE_VIRTUALENV PIP_REQUIREMENT PIP_CONSTRAINT PIP_NO_DEPS \
    PIP_DRY_RUN PIP_EDITABLE PIP_IGNORE_INSTALLED PIP_NO_BINARY PIP_REQUIRE_HASHES PIP_QUIET PIP_VERBOSE
unset UV_PYTHON UV_SYSTEM_PYTHON UV_TARGET UV_PREFIX UV_CONSTRAINT UV_OVERRIDE UV_NO_DEPS UV_NO_BINARY UV_EXCLUDE_NEWER \
    UV_REQUIRE_HASHES UV_PROJECT_ENVIRONMENT
unset PYTHONPATH PYTHONHOME PYTHONUSERBASE PYTHONSAFEPATH PYTHONWARNINGS PYTHONOPTIMIZE PYTHONSTARTUP PYTHONPLATLIBDIR
unset VIRTUAL_ENV CONDA_PREFIX CDPATH GREP_OPTIONS
export PYTHONNOUSERSITE=1 PYTHONUTF8=1

[ -d "${TMPDIR:-/tmp}" ] && [ -w "${TMPDIR:-/tmp}" ] || unset TMPDIR
work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT

# A file of pip's settings is the user's too, but for the lines that would send the packages elsewhere.
use_pip_settings() {
    local file
    for file in "${PIP_CONFIG_FILE:-}" "${XDG_CONFIG_HOME:-${HOME:-}/.config}/pip/pip.conf" "${HOME:-}/.pip/pip.conf"; do
        if [ -f "$file" ] && [ -r "$file" ]; then
            LC_ALL=C sed -E '/^(user|target|prefix|root|python|require.virtualenv|requirement|constraint|no.deps|dry.run|editable)[[:space:]]*[=:]/d' \
                "$file" >"$work/pip.conf"
            export PIP_CONFIG_FILE=$work/pip.conf
            return
        fi
    done
}

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
        "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" $complete -r "$requirements" >>"$log" 2>&1; then
        return
    fi
    echo "uv could not install the packages; trying pip (slower) …"
    echo "--- pip:" >>"$log"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $complete -r "$requirements" >>"$log" 2>&1 && return
    tail -n 30 "$log" >&2
    fail "The packages of $requirements could not be installed; see above."
}

# The first reason why no environment can be made here, as one sentence with what to do.
check_place() {
    case $PWD in
    *:*) fail "The path $PWD has a colon in it, which no virtual environment may have. Move the project to a path without." ;;
    esac
    local other="Name a folder that will do: make VENV=/path/to/folder … (and COMETWATCH_LOCAL=/path for the data)."
    mkdir -p "$venv" 2>"$log" || fail "No environment can be made in $venv ($(sed 's/.*: //' "$log")). $other"
    { printf '#!/bin/sh\n' >"$venv/.try"; } 2>"$log" || fail "No environment can be made in $venv ($(sed 's/.*: //' "$log")). $other"
    chmod +x "$venv/.try"
    "$venv/.try" 2>/dev/null || fail "No program may be run in $venv: it is mounted without the right to (noexec). $other"
    rm -f "$venv/.try"
}

check_python
check_place
use_pip_settings
# Without a place for a cache, uv would not install at all.
[ -n "${UV_CACHE_DIR:-}" ] || mkdir -p "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uv" 2>/dev/null || export UV_CACHE_DIR=$work/uv
if [ -n "$extra" ]; then
    echo "Installing the optional part '$extra': once …"
else
    echo "Making $venv with $("$python" --version 2>&1): once, about a minute …"
    make_venv
fi
install_packages
echo "Installed."
