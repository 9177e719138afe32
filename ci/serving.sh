# Sourced by ci/postgres, ci/mariadb and ci/kafka: what the life of a server for tests has in common.
#
# A script gives it `install`, `find_server` (fails and says why when it is not installed), `prepare`,
# `locate` (prints where it is), `launch N`, `is_up N` and `fresh`/`drop` where there are databases;
# servers are counted from 0. The rest is here.
#
# Who runs `ci/… run` holds a pipe to its stdin. What comes on it, a line each, is done and answered with
# `ok` or `failed`: `stop N`, `start N`, `kill N` (SIGKILL), `pause N` (SIGSTOP), `resume N`. When the
# pipe closes - also because its holder was killed - the servers end and the scratch folder goes.

set -uo pipefail

NAME=ci/$(basename "$0")
SCRATCH=
SERVERS=1
declare -a PIDS=() PORTS=()

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }

# A server refuses to run as root, or should not; elsewhere it runs as whoever calls.
as() {
  local user=$1
  shift
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
  else
    "$@"
  fi
}

# Replaces this (background) shell by a server that ends when this script does, however that ends.
become() {
  local user=$1
  shift
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --pdeathsig KILL -- "$@"
  fi
  exec setpriv --pdeathsig KILL -- "$@"
}

# Below the ports that the system gives to outgoing connections, so that none of these takes it while
# a server is away.
free_port() {
  local port taken
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    taken=" ${PORTS[*]} "
    [[ $taken == *" $port "* ]] && continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

make_scratch() {
  SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/jumun-$(basename "$0").XXXXXX") || return
  if [ "$(id -u)" = 0 ]; then chown "$1" "$SCRATCH" || return; fi
  # Takes the folder away also when this script is killed: its end of the pipe closes with it.
  exec 9> >(trap '' HUP INT TERM; cat >/dev/null; remove)
}

# Who is just ending may still write.
remove() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    rm -rf "$SCRATCH" 2>/dev/null && return
    sleep 0.1
  done
}

# PostgreSQL has a process a connection; the others are one.
family() {
  local pid=${PIDS[$1]:-}
  [ -n "$pid" ] || return 0
  echo "$pid"
  pgrep -P "$pid" || true
}

signal() {
  local pids
  pids=$(family "$2")
  # shellcheck disable=SC2086 # several words on purpose
  [ -z "$pids" ] || kill -s "$1" $pids 2>/dev/null || true
}

# Bounded waiting for a condition: `await SECONDS COMMAND…`.
await() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.05
  done
}

ended() { ! kill -0 "$1" 2>/dev/null; }

end() {
  local pid=${PIDS[$1]:-}
  [ -n "$pid" ] || return 0
  wait "$pid" 2>/dev/null
  PIDS[$1]=
}

up_or_ended() { is_up "$1" || ended "${PIDS[$1]}"; }

start() {
  [ -z "${PIDS[$1]:-}" ] || { say "server $1 runs already"; return 1; }
  launch "$1" </dev/null >>"$SCRATCH/log.$1" 2>&1 9>&- &
  PIDS[$1]=$!
  if await 60 up_or_ended "$1" && is_up "$1"; then return 0; fi
  say "the server does not start; it said:"
  tail -n 20 "$SCRATCH/log.$1" >&2
  kill_ "$1"
  return 1
}

stop() {
  local pid=${PIDS[$1]:-}
  [ -n "$pid" ] || return 0
  signal CONT "$1"
  kill -s "${STOP_SIGNAL:-TERM}" "$pid" 2>/dev/null
  await 20 ended "$pid" || signal KILL "$1"
  end "$1"
}

kill_() {
  local pid pids
  pids=$(family "$1")
  signal KILL "$1"
  end "$1"
  # What it shares with its children is free only when they are gone as well.
  for pid in $pids; do await 5 ended "$pid"; done
}

obey() {
  local what=$1 which=${2:-0}
  [[ $which =~ ^[0-9]+$ ]] && [ "$which" -lt "$SERVERS" ] || { say "no server $which"; return 1; }
  case $what in
    start) start "$which" ;;
    stop) stop "$which" ;;
    kill) kill_ "$which" ;;
    # The parent first: it must not see its children stand still.
    pause) signal STOP "$which" ;;
    resume) signal CONT "$which" ;;
    *) say "no such order: $what"; return 1 ;;
  esac
}

sweep() {
  trap '' HUP INT TERM PIPE
  local n
  for ((n = 0; n < SERVERS; n++)); do kill_ "$n"; done
  [ -z "$SCRATCH" ] || remove
}

run() {
  find_server || exit 3
  trap sweep EXIT
  trap 'exit 143' HUP INT TERM PIPE
  prepare || { say "the scratch folder cannot be prepared"; exit 1; }
  local n what which
  for ((n = 0; n < SERVERS; n++)); do
    # All at once: brokers wait for each other.
    PORTS[n]=${PORTS[n]:-$(free_port)}
  done
  start_all || exit 1
  locate
  while read -r what which; do
    if obey "$what" "$which"; then echo ok; else echo failed; fi
  done
}

start_all() { start 0 && settle; }

# What a script does once its server is up for the first time.
settle() { :; }

apt() {
  say "installing $*"
  apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@" >&2
}
