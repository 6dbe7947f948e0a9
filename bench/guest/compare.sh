# Runs inside a kernel that has IPVS, in a folder with all it compares: `compare.sh ROUNDS SERVICES,DESTINATIONS_EACH...` has each
# subject make each table, in turns and always in a fresh network namespace. Prints "## SERVICES EACH", "# SUBJECT" and
# "STEP wall_ms cpu_ms rss_mb" a line; ipvsadm's times are in seconds: real, user, system.
set -eu
cd "$(dirname "$0")"
. ./namespace.sh
rounds=$1
shift

inside='ip link set lo up; exec "$@"'
fresh() { unshare -n sh -c "$inside" sh "$@"; }

# One process of ours makes all tables, as a controller does. The kernel is of one processor, and as a process it takes a
# hundred times as long as on a machine for a page fault or a change of threads: V8 gets neither.
coproc ours { exec node --min-semi-space-size=16 --single-threaded-gc tables.mjs; }
ours() {
  hold_namespace
  local holder=$! line
  echo "$1 $2 /proc/$holder/ns/net $3" >&"${ours[1]}"
  while read -r line <&"${ours[0]}" && [ "$line" != done ]; do echo "$line"; done
  kill $holder
  [ "${line-}" = done ]
}

# The kernel takes a namespace down after its last program has ended, and whoever is measured meanwhile pays for it.
turn() {
  echo "# $1"
  shift
  "$@"
  sleep 1
}

ipvsadm_both() {
  TIMEFORMAT='create %R %U %S'; time ipvsadm -R < "rules-$1-$2"
  TIMEFORMAT='list %R %U %S'; time ipvsadm -Sn > /dev/null
}

# A controller runs for days, and its first second says little.
for warm_up in $(seq 20); do ours 600 10 unmeasured; done
for shape; do
  IFS=, read -r services each <<< "$shape"
  echo "## $services $each"
  for round in $(seq "$rounds"); do
    turn 'C, 64 requests at a time' fresh ./table $services $each 64
    ours 600 10 unmeasured
    turn 'this package' ours $services $each measured
    [ $round -gt 3 ] || turn 'this package, its first table' fresh node first.mjs $services $each
    [ $round -gt 1 ] || turn 'C, one request at a time' fresh ./table $services $each 1
    [ $round -gt 1 ] || turn ipvsadm fresh bash -euc "$(declare -f ipvsadm_both); ipvsadm_both $services $each" 2>&1
  done
done
