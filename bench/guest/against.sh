# Runs inside a kernel that has IPVS, in a folder with two builds of this package: `against.sh ROUNDS SERVICES,DESTINATIONS_EACH...`
# has each build make each table, in turns and always in a fresh network namespace. Prints "## SERVICES EACH", "# BUILD" and
# "STEP wall_ms cpu_ms rss_mb" a line.
set -eu
cd "$(dirname "$0")"
. ./namespace.sh
rounds=$1
shift

# Both run for as long as the comparison; see compare.sh for the options.
start() {
  mkfifo "$1.in" "$1.out"
  node --min-semi-space-size=16 --single-threaded-gc "$1/tables.mjs" < "$1.in" > "$1.out" &
}
start base
exec 3> base.in 4< base.out
start this
exec 5> this.in 6< this.out
declare -A to=([base]=3 [this]=5) from=([base]=4 [this]=6)

turn() { # BUILD SERVICES EACH MANNER
  hold_namespace
  local holder=$! line
  echo "# $1"
  echo "$2 $3 /proc/$holder/ns/net $4" >&"${to[$1]}"
  while read -r line <&"${from[$1]}" && [ "$line" != done ]; do echo "$line"; done
  kill $holder
  [ "${line-}" = done ]
  sleep 0.5 # see turn() of compare.sh
}

for warm_up in $(seq 20); do
  for build in base this; do turn $build 600 10 unmeasured; done
done
for shape; do
  IFS=, read -r services each <<< "$shape"
  echo "## $services $each"
  for round in $(seq "$rounds"); do
    # Whoever is second may find the caches warm, so each is first as often.
    if [ $((round % 2)) = 0 ]; then order='base this'; else order='this base'; fi
    for build in $order; do turn $build $services $each measured; done
  done
done
