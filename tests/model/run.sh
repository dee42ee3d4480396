#!/bin/sh
# Checks split.pml exhaustively: one operation with three terms of partition 0, and two operations with two terms.
# Needs spin and a C compiler. Prints how many states there are; ends with an error if an assertion can fail.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

check() { # name, options
  name=$1
  shift
  spin "$@" -a "$here/split.pml" > spin.log 2>&1 || { cat spin.log; exit 1; }
  cc -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM="${MEGABYTES:-8000}" -o pan pan.c
  ./pan -m1000000 -w24 > pan.log
  sed -n "s/.*errors: \([0-9]*\).*/$name: errors \1/p; s/^ *\([0-9.e+]*\) states, stored.*/$name: states \1/p" pan.log
  if grep -q "errors: [1-9]\|search not completed\|out of memory\|max search depth too small" pan.log; then
    cat pan.log
    if [ -e split.pml.trail ]; then
      spin "$@" -t -p -g "$here/split.pml" | tail -60
    fi
    exit 1
  fi
}

check "one operation, three terms" -DOPERATIONS=1 -DTERMS=3
check "two operations, two terms" -DOPERATIONS=2 -DTERMS=2
