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
    if apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "Not installed: ${missing[*]}. What needs it is skipped; install it with: apt-get install ${missing[*]}"
