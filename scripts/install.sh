#!/bin/sh
# Installs one file, lifesign, from a release: sh install.sh [--static] [FROM]
# FROM is a folder or a URL with SHA256SUMS and the archives; without it
# $LIFESIGN_RELEASES is, or the folder that this script is in.
set -eu
kind=
if [ "${1-}" = --static ]; then kind=-static; shift; fi
from=${1:-${LIFESIGN_RELEASES:-$(dirname "$0")}}
from=${from%/}
fail() { echo "install.sh: $1; nothing is installed" >&2; exit 1; }
fetch() {
  case $from in
  http://* | https://*)
    echo "downloading $from/$1" >&2
    if command -v curl >/dev/null; then curl -fsSL -o "$tmp/$1" "$from/$1"
    else wget -q -O "$tmp/$1" "$from/$1"; fi ;;
  *) cp "$from/$1" "$tmp/$1" ;;
  esac || fail "Cannot get $1 from $from"
}

machine=$(uname -m)
case $machine in
armv7l | armv8l) machine=armv7 ;;
mips) # In either order of bytes; the sixth byte of a program tells which.
  order=$(dd if=/bin/sh bs=1 skip=5 count=1 2>/dev/null)
  [ "$order" = "$(printf '\002')" ] || machine=mipsel ;;
esac
# Only x86_64 and aarch64 have a build for glibc, and their systems may be of 32 bits.
case $machine-$(getconf GNU_LIBC_VERSION 2>/dev/null)-$(getconf LONG_BIT 2>/dev/null) in
x86_64-glibc*-64 | aarch64-glibc*-64) ;;
*) kind=-static ;;
esac
if [ -e /etc/openwrt_release ]; then bin=/usr/sbin
elif [ "$(id -u)" -eq 0 ]; then bin=/usr/local/bin
else bin=$HOME/.local/bin; fi

new=
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$new"' EXIT
trap 'exit 1' HUP INT TERM
fetch SHA256SUMS
line=$(grep "^[0-9a-f]*  lifesign-[^/]*-linux-$machine$kind\.tar\.gz$" "$tmp/SHA256SUMS") ||
  fail "There is no archive for $(uname -m) in $from/SHA256SUMS"
archive=${line##* }
fetch "$archive"
(cd "$tmp" && echo "$line" | sha256sum -c) >/dev/null 2>&1 ||
  fail "$archive is not the file that SHA256SUMS is about"
tar -xzf "$tmp/$archive" -C "$tmp"
program=$tmp/${archive%.tar.gz}/lifesign
[ -e "$program" ] || program=${program%lifesign}bin/lifesign
mkdir -p "$bin"
new=$bin/.lifesign.$$
cp "$program" "$new"
chmod 755 "$new"
"$new" --version >"$tmp/about" 2>&1 ||
  fail "$archive does not run here; if it lacks a library, try --static"
mv -f "$new" "$bin/lifesign"

echo "$bin/lifesign is $(head -n 1 "$tmp/about")${kind:+, the static build, which has no TLS}"
case :$PATH: in
*:"$bin":*) ;;
*) echo "$bin is not on your PATH: add  PATH=$bin:\$PATH  to ~/.profile" ;;
esac
