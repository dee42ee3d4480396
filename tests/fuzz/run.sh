#!/bin/sh
# Builds the fuzz targets with clang and lets all of them search at once.
#
#   sh tests/fuzz/run.sh             for 60 seconds
#   sh tests/fuzz/run.sh SECONDS
#
# Begins with the inputs in tests/fuzz/corpus/<target>; new ones that reach new code are kept in build/fuzz/corpus/<target>.
# An input that breaks something is kept in build/fuzz/findings/, and the exit status is 1.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
. "$root/cmake/prepare.sh"

seconds=${1:-60}
case $seconds in
  '' | *[!0-9]*) die "Not a number of seconds: $seconds" ;;
esac
targets="frames handshake records"

packages="$packages $fuzz_packages"
install_packages
configure fuzz
programs=
for target in $targets; do
  programs="$programs fuzz-$target"
done
# shellcheck disable=SC2086  # a list of words
build fuzz $programs

work="$root/build/fuzz"
mkdir -p "$work/findings"
for target in $targets; do
  mkdir -p "$work/corpus/$target"
  # A length that is believed shows as a large allocation, an endless loop as a time-out.
  "$work/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=16 -max_len=4096 \
    -print_final_stats=1 -artifact_prefix="$work/findings/$target-" "$work/corpus/$target" \
    "$root/tests/fuzz/corpus/$target" >"$work/$target.log" 2>&1 &
  eval "process_$target=$!"
done

result=0
for target in $targets; do
  if eval "wait \$process_$target"; then
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")
    say "$target: nothing found in $tried inputs"
  else
    result=1
    say "$target: FOUND SOMETHING. The end of build/fuzz/$target.log:"
    tail -n 40 "$work/$target.log" | sed 's/^/    | /'
    say "    Again: build/fuzz/tests/fuzz/fuzz-$target FILE, with the file in build/fuzz/findings/ that the log names"
  fi
done
exit $result
