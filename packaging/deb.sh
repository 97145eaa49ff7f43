#!/bin/sh
# Builds a Debian package of the program: packaging/deb.sh [BINARY [FOLDER]]
# BINARY is target/release/cotter, which is built if no other is named; the package is written to FOLDER (target/debian).
# It needs dpkg-deb and binutils, and nothing of Debian's helpers for packagers.
set -eu
cd "$(dirname "$0")/.."

binary=${1:-target/release/cotter}
folder=${2:-target/debian}
[ $# -gt 0 ] || cargo build --release --quiet

version=$("$binary" --version | awk '{ print $2; exit }')
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -D -m 755 "$binary" "$root/usr/bin/cotter"
strip --strip-unneeded "$root/usr/bin/cotter"
"$binary" completions bash >"$root/completion"
install -D -m 644 "$root/completion" "$root/usr/share/bash-completion/completions/cotter"
"$binary" completions zsh >"$root/completion"
install -D -m 644 "$root/completion" "$root/usr/share/zsh/vendor-completions/_cotter"
"$binary" completions fish >"$root/completion"
install -D -m 644 "$root/completion" "$root/usr/share/fish/vendor_completions.d/cotter.fish"
rm "$root/completion"
"$binary" manual >"$root/cotter.1"
gzip -9n "$root/cotter.1"
install -D -m 644 "$root/cotter.1.gz" "$root/usr/share/man/man1/cotter.1.gz"
rm "$root/cotter.1.gz"

documents=$root/usr/share/doc/cotter
install -D -m 644 README.md "$documents/README.md"
cat LICENSE-MIT LICENSE-APACHE >"$documents/copyright"
gzip -9nc CHANGELOG.md >"$documents/changelog.gz"
cp -R docs/guide docs/reference "$documents/"
mkdir "$documents/examples"
cp -R examples/*.cot examples/data "$documents/examples/"
chmod -R u=rwX,go=rX "$root"

# The oldest C library that has every symbol that the program asks for.
libc=$(objdump -T "$binary" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -1)
# Packed relocations are no symbol.
if objdump -p "$binary" | grep -q GLIBC_ABI_DT_RELR; then
    libc=$(printf '%s\n' 2.36 "$libc" | sort -V | tail -1)
fi
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: cotter
Version: $version
Architecture: $architecture
Maintainer: The Cotter developers <cotter@localhost>
Installed-Size: $(du -k -s "$root/usr" | cut -f1)
Depends: libc6 (>= ${libc:-2.31}), libgcc-s1
Suggests: gcc
Section: interpreters
Priority: optional
Description: garbage-collected scripting language for calling C
 Scripts lay out C structs in managed memory and call C libraries on it
 without a copy. The runtime checks at every call that C is never left with a
 pointer that the collector may take away.
CONTROL

mkdir -p "$folder"
dpkg-deb --root-owner-group --build "$root" "$folder/cotter_${version}_$architecture.deb"
