#!/usr/bin/env bash
# Installs Debian packages that are missing, where that is possible; says what to do where it is not. Never fails.
set -u
exec >&2 # what a command prints may be read by a program
missing=()
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing ${missing[*]} …"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq "${missing[@]}" >/dev/null 2>&1; then
        exit 0
    fi
    # One that this system does not have keeps none of the others away.
    wanted=("${missing[@]}")
    missing=()
    for package in "${wanted[@]}"; do
        apt-get install -y -qq "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && exit 0
fi
echo "Not installed: ${missing[*]}. What needs it is skipped; install it with: apt-get install ${missing[*]}"
