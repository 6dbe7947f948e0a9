# Runs inside a kernel that has IPVS: `restore.sh IPVS ROUNDS`, with the rules beside it, restores them with ipvsadm and with our
# command, each time in a fresh network namespace, and in a process that runs already. Prints "# SUBJECT" and the milliseconds
# and lines of each restore. IPVS is our command.
set -eu
ipvs=$1
rounds=$2
cd "$(dirname "$0")"
. ./namespace.sh

restore() {
  echo "# $1"
  unshare -n bash -euc 'ip link set lo up
    start=$(date +%s%N)
    "${@:2}" < "$1"
    end=$(date +%s%N)
    echo $(( (end - start) / 1000000 )) $(ipvsadm -Sn | wc -l)' bash "${@:2}"
  sleep 1
}

for round in $(seq "$rounds"); do
  restore 'ipvsadm -R' rules ipvsadm -R
  restore 'ipvs -R' rules node "$ipvs" -R
  restore 'ipvs -R of an empty file' /dev/null node "$ipvs" -R
done

echo '# parseRules and applyChange in a process that runs already'
for namespace in $(seq 13); do
  hold_namespace
  namespaces+=(/proc/$!/ns/net)
done
# See compare.sh for the options.
node --min-semi-space-size=16 --single-threaded-gc restore.mjs rules "${namespaces[@]}"
