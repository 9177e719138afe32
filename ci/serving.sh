# Sourced by ci/postgres, ci/mariadb and ci/kafka: what the life of a server for tests has in common.
#
# A script gives it `find_server` (fails and says why when it is not installed), `prepare`, `launch N`,
# `is_up N`, `settle` (what to do once they are up for the first time) and `locate` (prints where they
# are). Servers are counted from 0. The rest is here.
#
# Who runs `ci/… run` holds a pipe to its stdin. What comes on it, a line each, is done and answered with
# `ok` or `failed`: `stop N`, `start N`, `kill N` (SIGKILL), `pause N` (SIGSTOP), `resume N`, each also
# with `all`. When the pipe closes - also because its holder was killed - the servers end and the scratch
# folder goes.

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

# Ports for a server, so many in a row: PORT is the first. They are below those that the system gives to
# outgoing connections, so that none of these takes one while a server is away; and they are locked for as
# long as this script or one of its servers lives, so that no other script takes one that nobody listens on yet.
take_ports() {
  local locks=${TMPDIR:-/tmp}/jumun-ports port next lock
  mkdir -p -m 1777 "$locks" || return
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    for ((next = port; next < port + $1; next++)); do
      (exec 3<>"/dev/tcp/127.0.0.1/$next") 2>/dev/null && continue 2
      # Another user's, or another script's.
      { exec {lock}>"$locks/$next"; } 2>/dev/null && flock -n "$lock" || continue 2
    done
    PORT=$port
    return
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
  await 5 ended "$pid"
  PIDS[$1]=
}

up_or_ended() { is_up "$1" || ended "${PIDS[$1]}"; }

# Each of these takes the servers that it is about. All are told first, and then waited for: brokers
# need each other for starting, and for stopping.
start() {
  local n
  for n; do
    [ -z "${PIDS[n]:-}" ] || { say "server $n runs already"; return 1; }
    # What an earlier one said is not to be taken for what this one says.
    : >"$SCRATCH/log.$n"
    launch "$n" </dev/null >>"$SCRATCH/log.$n" 2>&1 9>&- &
    PIDS[n]=$!
    # Its end is no news for the terminal.
    disown "$!"
  done
  for n; do
    await 180 up_or_ended "$n" && is_up "$n" && continue
    say "server $n does not start; it said:"
    tail -n 20 "$SCRATCH/log.$n" >&2
    kill_ "$@"
    return 1
  done
}

stop() {
  local n pid
  for n; do
    signal CONT "$n"
    pid=${PIDS[n]:-}
    [ -z "$pid" ] || kill -s "${STOP_SIGNAL:-TERM}" "$pid" 2>/dev/null
  done
  for n; do
    pid=${PIDS[n]:-}
    [ -n "$pid" ] || continue
    await 20 ended "$pid" || signal KILL "$n"
    end "$n"
  done
}

kill_() {
  local n pid pids=
  for n; do
    pids+=" $(family "$n")"
    signal KILL "$n"
  done
  for n; do end "$n"; done
  # What a server shares with its children is free only when they are gone as well.
  for pid in $pids; do await 5 ended "$pid"; done
}

pause() {
  # The parent first: it must not see its children stand still.
  local n
  for n; do signal STOP "$n"; done
}

resume() {
  local n
  for n; do signal CONT "$n"; done
}

obey() {
  local what=$1 which=$2
  if [ "$which" = all ]; then
    which=$(all)
  elif ! [[ $which =~ ^[0-9]+$ ]] || [ "$which" -ge "$SERVERS" ]; then
    say "no server '$which'"
    return 1
  fi
  # shellcheck disable=SC2086 # several words on purpose
  case $what in
    kill) kill_ $which ;;
    start | stop | pause | resume) "$what" $which ;;
    *) say "no such order: $what"; return 1 ;;
  esac
}

all() { seq 0 $((SERVERS - 1)); }

sweep() {
  trap '' HUP INT TERM PIPE
  # shellcheck disable=SC2046
  kill_ $(all)
  [ -z "$SCRATCH" ] || remove
}

run() {
  find_server || exit 3
  trap sweep EXIT
  trap 'exit 143' HUP INT TERM PIPE
  prepare || { say "the scratch folder cannot be prepared"; exit 1; }
  # shellcheck disable=SC2046
  start $(all) && settle || exit 1
  locate
  local what which
  while read -r what which; do
    if obey "$what" "$which"; then echo ok; else echo failed; fi
  done
}

settle() { :; }

apt() {
  say "installing $*"
  apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@" >&2
}
