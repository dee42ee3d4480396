#!/bin/sh
# Installs what is missing, builds the tests and runs them.
#
#   sh tests/run.sh                 all suites
#   sh tests/run.sh NAME...         only these, and builds only what they need
#   sh tests/run.sh --sanitize ...  with the address and undefined-behaviour sanitizers
#   sh tests/run.sh --list          names the suites
#
# The last line is "N passed, N failed" and counts tests; a suite is a file or a few with many tests. The exit status is 0
# if nothing failed. Each suite's output is kept in build/<preset>/test-logs/<suite>.log.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/cmake/prepare.sh"

usage() {
  sed -n '2,7s/^# \{0,1\}//p' "$0"
}

# Prints "passed failed" of a suite's log: each test has a line "- name", and when it is through a line "-> n checks" that
# a line "(good/bad)" follows if a check failed. A test that stops its process, or never ends, lacks the second line.
count_tests() {
  awk '
    /^- / { begun++ }
    /^  -> [0-9]+ check/ { ended++ }
    /^ \([0-9]+\/[0-9]+\)$/ { bad++ }
    END {
      passed = ended - bad
      failed = begun - passed
      if (failed == 0 && exit_status != 0)
        failed = 1
      print passed + 0, failed + 0
    }' exit_status="$2" "$1"
}

# explain <log>: what failed in a suite, and the end of what it printed.
explain() {
  sed -n '/failed tests:/,/^$/p' "$1" | sed -n 's/^ *- [^:]*:/      failed: /p'
  unfinished=$(awk '/^- / { name = substr($0, 3); open = 1 } /^  -> [0-9]+ check/ { open = 0 } END { if (open) print name }' "$1")
  [ -z "$unfinished" ] || say "      stopped in: $unfinished"
  grep -E '^!!|Sanitizer:|runtime error:' "$1" | head -n 20 | sed 's/^/      | /'
  say "      the end of its output ($1):"
  tail -n 25 "$1" | sed 's/^/      | /'
}

# run_suite <name>: prints one line about it, and more if it failed.
run_suite() {
  suite_log="$logs/$1.log"
  printf '  %-22s ' "$1"
  begun_at=$(date +%s)
  (cd "$root" && ctest --test-dir "build/$preset" -R "^$1\$" --no-tests=error --verbose) >"$suite_log.raw" 2>&1
  result=$?
  took=$(($(date +%s) - begun_at))
  # CTest puts the test's number before each line.
  sed 's/^[0-9][0-9]*: \{0,1\}//' "$suite_log.raw" >"$suite_log"
  rm -f "$suite_log.raw"
  # shellcheck disable=SC2046  # two words
  set -- "$1" $(count_tests "$suite_log" "$result")
  passed=$((passed + $2))
  failed=$((failed + $3))
  if [ "$result" -eq 0 ] && [ "$3" -eq 0 ]; then
    say "$2 passed (${took} s)"
  else
    say "$2 passed, $3 FAILED (${took} s)"
    failed_suites="$failed_suites $1"
    explain "$suite_log"
  fi
}

preset=release
list_only=
suites=
for argument in "$@"; do
  case $argument in
    --sanitize) preset=sanitize ;;
    --list) list_only=yes ;;
    --help | -h) usage; exit 0 ;;
    -*) usage >&2; die "Unknown option: $argument" ;;
    *) suites="$suites $argument" ;;
  esac
done

install_packages
configure "$preset"
known=$(tr '\n' ' ' <"$root/build/$preset/suites.txt")
if [ -n "$list_only" ]; then
  printf '%s\n' $known
  exit 0
fi
for suite in $suites; do
  case " $known " in
    *" $suite "*) ;;
    *) die "There is no suite \"$suite\". The suites are: $known" ;;
  esac
done
[ -n "$suites" ] || suites=$known

targets=
for suite in $suites; do
  targets="$targets test-$suite"
done
# shellcheck disable=SC2086  # a list of words
build "$preset" $targets

if [ "$preset" = sanitize ]; then
  export ASAN_OPTIONS="detect_stack_use_after_return=1:check_initialization_order=1:max_allocation_size_mb=4096"
  export UBSAN_OPTIONS="print_stacktrace=1"
fi
logs="$root/build/$preset/test-logs"
mkdir -p "$logs"
passed=0
failed=0
failed_suites=
say "Running in build/$preset"
for suite in $suites; do
  run_suite "$suite"
done
[ -z "$failed_suites" ] || say "Failed suites:$failed_suites. Run one again with: sh tests/run.sh NAME"
say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
