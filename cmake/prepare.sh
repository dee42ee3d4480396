# What examples/run.sh and tests/run.sh share: the Debian packages, configuring and building. To be sourced by a POSIX
# shell with `root` set to the top of the checkout.

# All that the library, the tests and the examples need, on top of a minimal Debian 12.
packages="g++ cmake ninja-build libcaf-dev librocksdb-dev libsqlite3-dev libspdlog-dev libxxhash-dev libssl-dev openssl libcli11-dev clang-format iproute2"

# Only tests/fuzz/run.sh needs these.
fuzz_packages="clang-14 libclang-rt-14-dev"

say() {
  printf '%s\n' "$*"
}

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs what is missing, and runs nothing if nothing is.
install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "This is not a Debian: whatever stands for these packages must be there: $packages"
    return
  fi
  missing=
  for package in $packages; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || die "Missing packages, and neither root nor sudo. As root: apt-get install$missing"
    as_root=sudo
  fi
  say "Installing$missing"
  $as_root apt-get -q update || die "apt-get update failed; the lines above say why."
  # shellcheck disable=SC2086  # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing \
    || die "apt-get could not install$missing; the lines above say why."
}

# configure <preset>: makes build/<preset>, quietly unless it fails.
configure() {
  mkdir -p "$root/build/$1"
  log="$root/build/$1/configure.log"
  say "Configuring build/$1"
  if ! (cd "$root" && cmake --preset "$1") >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "Configuring failed; the whole output is in build/$1/configure.log."
  fi
}

# build <preset> <target>...: with Ninja's own progress.
build() {
  preset=$1
  shift
  say "Building in build/$preset"
  (cd "$root" && cmake --build --preset "$preset" --target "$@") || die "The build failed; the lines above say where."
}
