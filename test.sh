#!/bin/sh
# Runs the whole suite. Fetches the shared libraries that some tests call, if it may (root, or sudo without a password);
# where it may not, those tests are skipped and named. Where CI is set nothing is skipped: what is missing has failed.
#
#   ./test.sh [ARGUMENTS FOR cargo test]
set -eu
cd "$(dirname "$0")"

# library, header or program, and the Debian package that holds it
table="
libz.so.1 zlib1g
libsqlite3.so.0 libsqlite3-0
libexpat.so.1 libexpat1
libpng16.so.16 libpng16-16
libgmp.so.10 libgmp10
liburing.so.2 liburing2
cc gcc
zlib.h zlib1g-dev
sqlite3.h libsqlite3-dev
expat.h libexpat1-dev
png.h libpng-dev
gmp.h libgmp-dev
valgrind valgrind
"

is_there() {
    case "$1" in
    *.so*) for folder in /lib /usr/lib /lib64 /usr/lib64 /usr/local/lib /lib/*-linux-gnu /usr/lib/*-linux-gnu; do
        [ -e "$folder/$1" ] && return 0
    done
    return 1 ;;
    *.h) for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu; do
        [ -e "$folder/$1" ] && return 0
    done
    return 1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=$(echo "$table" | while read -r need package; do
    [ -z "$need" ] || is_there "$need" || echo "$package"
done)

if [ -n "$missing" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    # shellcheck disable=SC2086 # the words of these are meant to be split
    if command -v apt-get >/dev/null 2>&1 && { [ -z "$as_root" ] || sudo -n true 2>/dev/null; }; then
        $as_root apt-get update -q
        $as_root apt-get install -q -y --no-install-recommends $missing
    elif [ -n "${CI:-}" ]; then
        echo "missing, and cannot be installed here: $missing" >&2
        exit 1
    else
        echo "note: not installed: $missing; tests that need them are skipped" >&2
    fi
fi

exec cargo test "$@"
