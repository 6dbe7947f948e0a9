#!/bin/busybox sh
# The first process of the big-endian guest: it mounts what a kernel shows itself through, and becomes the agent.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo 1 > /proc/sys/vm/panic_on_oom # a command that lost a process has no result worth reading

ip link set lo up
dmesg -n 1 # the kernel's own messages stay out of the console, panics excepted
exec /agent /dev/vport0p1
