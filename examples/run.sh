#!/bin/sh
# Installs what is missing, builds the examples and shows them.
#
#   sh examples/run.sh          sends a text that every Debian has, many times over
#   sh examples/run.sh FILE     sends the lines of FILE
#
# Three servers on RocksDB get the lines from a client. Half way the leader of partition 1 is killed with SIGKILL, and it is
# started again when another node leads. At the end all nodes must hold the same, and every acknowledged line.
# The last line is "N passed, N failed" and counts the checks. The exit status is 0 if nothing failed.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/cmake/prepare.sh"

case ${1:-} in
  --help | -h) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
  -*) die "Unknown option: $1 (sh examples/run.sh --help)" ;;
esac
[ $# -le 1 ] || die "One file at most: sh examples/run.sh FILE"
[ $# -eq 0 ] || [ -r "$1" ] || die "Cannot read $1"
text=/usr/share/common-licenses/GPL-3
lines_min=30000
partitions=4
names="n1 n2 n3"

install_packages
configure release
build release hello kv kommander-server replicate
programs="$root/build/release/examples"

scratch=$(mktemp -d) || exit 1
pids=
cleanup() {
  for pid in $pids; do
    kill -9 "$pid" 2>/dev/null
  done
  wait
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

passed=0
failed=0
# check <what> <command>...
check() {
  what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    say "  ok      $what"
  else
    failed=$((failed + 1))
    say "  FAILED  $what"
  fi
}

# until_true <seconds> <command>...: tries again and again until it succeeds.
until_true() {
  tries=$(($1 * 20))
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.05
  done
}

# Sets `port` to the next one that nobody listens on.
port=$((20000 + $$ % 10000))
next_port() {
  port=$((port + 1))
  while grep -qi ":$(printf '%04X' "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
    port=$((port + 1))
  done
}

# -- the servers ----------------------------------------------------------------------------------------------------

pid_of() {
  cat "$scratch/$1/pid"
}

start_server() {
  [ ! -e "$scratch/$1/output" ] || mv "$scratch/$1/output" "$scratch/$1/output-before"
  "$programs/kommander-server" --initial-cluster "$cluster" --initial-cluster-partitions "$partitions" \
    --raft-nodename "$1" --client-port "$(cat "$scratch/$1/client-port")" --wal-path "$scratch/$1/log" \
    --apply-log "$scratch/$1/applied" --digest-file "$scratch/$1/digest" \
    --heartbeat-interval 100 --check-leader-interval 50 --start-election-timeout 400 --end-election-timeout 800 \
    >"$scratch/$1/output" 2>&1 &
  echo $! >"$scratch/$1/pid"
  pids="$pids $!"
  until_true 20 is_up "$1" && return
  cat "$scratch/$1/output" >&2
  die "$1 did not start; its output stands above."
}

is_up() {
  grep -qs ' is up ' "$scratch/$1/output"
}

write_digests() {
  for name in $names; do
    rm -f "$scratch/$name/digest"
    kill -USR1 "$(pid_of "$name")" || return 1
  done
  for name in $names; do
    until_true 5 [ -s "$scratch/$name/digest" ] || return 1
  done
}

digests_agree() {
  write_digests && cmp -s "$scratch/n1/digest" "$scratch/n2/digest" && cmp -s "$scratch/n1/digest" "$scratch/n3/digest"
}

# holds_all <name>: the node has applied every acknowledged line at its index, with its text.
holds_all() {
  missing=$(awk '
    FILENAME == ARGV[1] { text[FNR] = $0; next }
    FILENAME == ARGV[2] { place[$1] = $2 " " $3; next }
    FNR == 1 { match(FILENAME, /[0-9]+\.log$/); here = substr(FILENAME, RSTART, RLENGTH - 4) }
    { applied[here " " $0] = 1 }
    END {
      for (number in place)
        if (!((place[number] " " number " " text[number]) in applied))
          missing++
      print missing + 0
    }' "$scratch/input" "$scratch/acks" "$scratch/$1"/applied/*.log)
  [ "$missing" -eq 0 ] || say "          $missing acknowledged lines are missing on $1"
  [ "$missing" -eq 0 ]
}

# stops <name>: SIGTERM ends the server with status 0, and soon.
stops() {
  asked=$(date +%s)
  kill -TERM "$(pid_of "$1")" && wait "$(pid_of "$1")" && [ $(($(date +%s) - asked)) -le 5 ]
}

# -- failover -------------------------------------------------------------------------------------------------------

# Prints how many milliseconds after $killed_at another node than $leader acknowledged a line of partition 1.
failover_time() {
  awk -v killed_at="$killed_at" -v leader="$leader" '
    $2 == 1 && $4 != leader && $5 > killed_at { printf "%.0f\n", ($5 - killed_at) / 1000000; exit }' "$scratch/acks"
}

has_failed_over() {
  [ -n "$(failover_time)" ]
}

# -- the show -------------------------------------------------------------------------------------------------------

says_hello() {
  "$programs/hello" >"$scratch/hello" && sed 's/^/    /' "$scratch/hello" && [ "$(grep -c 'world!' "$scratch/hello")" -eq 3 ]
}
say "Three nodes in one process:"
check "hello: each node has what was said" says_hello

splits_and_merges() {
  "$programs/kv" >"$scratch/kv" 2>&1
  result=$?
  sed 's/^/    /' "$scratch/kv"
  return "$result"
}
say "kv: clients count while partitions are split and merged"
check "kv: every counter on every node is what was acknowledged" splits_and_merges

if [ $# -eq 1 ]; then
  cp "$1" "$scratch/input"
  say "Three servers, and the lines of $1:"
else
  copies=$((lines_min / $(wc -l <"$text") + 1))
  while [ "$copies" -gt 0 ]; do
    cat "$text"
    copies=$((copies - 1))
  done >"$scratch/input"
  say "Three servers, and $text many times over:"
fi
total=$(wc -l <"$scratch/input")
half=$((total / 2))
[ "$total" -ge 1000 ] || die "The file has $total lines; 1000 are the least, so that the leader is killed in the midst of them."

cluster=
clients=
for name in $names; do
  mkdir "$scratch/$name"
  next_port
  cluster="$cluster${cluster:+,}$name@127.0.0.1:$port"
  next_port
  clients="$clients${clients:+,}$name@127.0.0.1:$port"
  echo "$port" >"$scratch/$name/client-port"
done
for name in $names; do
  start_server "$name"
done
leader=$("$programs/replicate" --nodes "$clients" --leader-of 1) || die "Partition 1 found no leader."
say "  $total lines into $partitions partitions; $leader leads partition 1"

mkfifo "$scratch/feed"
"$programs/replicate" --nodes "$clients" --partitions "$partitions" --acks "$scratch/acks" "$scratch/feed" \
  >"$scratch/client-output" 2>&1 &
client=$!
pids="$pids $client"
exec 3>"$scratch/feed"
head -n "$half" "$scratch/input" >&3
killed=$(pid_of "$leader")
kill -9 "$killed"
killed_at=$(date +%s%N)
wait "$killed" 2>/dev/null
say "  killed $leader after $half lines"
tail -n +$((half + 1)) "$scratch/input" >&3 &
exec 3>&-
check "another node takes partition 1 over" until_true 30 has_failed_over
say "  acknowledged by another node $(failover_time) ms after the kill"
start_server "$leader"
say "  started $leader again"
check "the client has every line acknowledged" wait "$client"
sed 's/^/    /' "$scratch/client-output"
check "$(wc -l <"$scratch/acks") of $total lines are in its list" [ "$(wc -l <"$scratch/acks")" -eq "$total" ]
check "all three nodes hold the same in each partition" until_true 30 digests_agree
sed 's/^\([0-9]*\) \([0-9]*\) \([0-9]*\) \(.*\)/    partition \1: \3 lines up to index \2, hash \4/' "$scratch/n1/digest"
for name in $names; do
  check "$name holds every acknowledged line" holds_all "$name"
done
for name in $names; do
  check "$name stops cleanly" stops "$name"
done
[ "$failed" -eq 0 ] || for name in $names; do
  say "The end of what $name said:"
  tail -n 15 "$scratch/$name/output" | sed 's/^/  | /'
done
say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
