#!/usr/bin/env bash
# A test lab on one machine: a client, a load balancer and two web servers, each a network namespace; asks with curl.
#
# Run as root: bash lab.sh. It leaves nothing behind. IPVS=ipvs says which command to use, `npx ipvs` by default.
#
# Prints:
#   web1 web2 web1 web2
#   web1 drained: web2 web2
#   TCP  192.0.2.1:80 rr
#     -> 10.0.1.2:8080                Masq    0      0          2         
#     -> 10.0.2.2:8080                Masq    1      0          4         
set -euo pipefail
IPVS=${IPVS:-npx ipvs}
LAB=lab$$ # names of namespaces, so that two labs do not meet
on() { ip netns exec "$LAB-$1" "${@:2}"; }
end() {
  kill "${servers[@]}" 2> /dev/null || true
  for name in client balancer web1 web2; do ip netns delete "$LAB-$name" 2> /dev/null || true; done
}
servers=()
trap end EXIT

for name in client balancer web1 web2; do
  ip netns add "$LAB-$name"
  on "$name" ip link set lo up
done

# A cable from the balancer to each of the others, who have it as their router: masquerading needs the way back.
connect() { # name, the balancer's address, the other's, both with prefix lengths
  on balancer ip link add "$1" type veth peer name eth0 netns "$LAB-$1"
  on balancer ip address add "$2" dev "$1"
  on balancer ip link set "$1" up
  on "$1" ip address add "$3" dev eth0
  on "$1" ip link set eth0 up
  on "$1" ip route add default via "${2%/*}"
}
connect client 192.0.2.1/24 192.0.2.2/24
connect web1 10.0.1.1/24 10.0.1.2/24
connect web2 10.0.2.1/24 10.0.2.2/24
on balancer sysctl -qw net.ipv4.ip_forward=1

for name in web1 web2; do
  on "$name" node -e "require('http').createServer((_, response) => response.end('$name')).listen(8080)" &
  servers+=($!)
  until on "$name" curl -s --max-time 1 127.0.0.1:8080 > /dev/null; do sleep 0.1; done
done

$IPVS -R --netns "$LAB-balancer" << END
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.2.2:8080 -m
-a -t 192.0.2.1:80 -r 10.0.1.2:8080 -m
END

ask() { for _ in $(seq "$1"); do on client curl -s --max-time 5 192.0.2.1 && echo -n ' '; done | sed 's/ $//'; }
echo "$(ask 4)"
$IPVS -e -t 192.0.2.1:80 -r 10.0.1.2:8080 -m -w 0 --netns "$LAB-balancer"
echo "web1 drained: $(ask 2)"
$IPVS -Ln --netns "$LAB-balancer" | tail -n 3
