#!/bin/busybox sh
# The first process of the guest: it puts a writable copy of files of the host together,
# runs the job the host left in /job there, leaves its exit status, and powers off.
# Where the guest is a process of the host, $JOB is the job's folder there; qemu shares it.

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo 1 > /proc/sys/vm/panic_on_oom # a command that lost a process has no result worth reading

for module in virtio_pci virtio_console 9pnet_virtio 9p overlay; do
  modprobe -q "$module" # some kernels have some of them built in
done

share() { # the host's folder, mount point, tag, options
  mkdir -p "$2"
  if [ -n "$JOB" ]; then
    mount -t hostfs none "$2" -o "$1"
  else
    mount -t 9p "$3" "$2" -o "trans=virtio,version=9p2000.L,msize=512000,$4"
  fi
}

copy() { # what was shared at /TAG, writable at the mount point: tag, mount point
  [ -L "$2" ] && rm "$2"
  mkdir -p "$2" "/changes/$1/upper" "/changes/$1/work"
  mount -t overlay "$1" "$2" -o "lowerdir=/$1,upperdir=/changes/$1/upper,workdir=/changes/$1/work"
}

share "$JOB" /job job cache=none
share / /host host cache=loose,ro
mkdir -p /changes
mount -t tmpfs -o mode=755,size=75% changes /changes
copy host /root
while read -r tag path; do
  share "" "/$tag" "$tag" cache=loose,ro
  copy "$tag" "/root$path"
done < /job/folders

mount -t proc proc /root/proc
mount -t sysfs sys /root/sys
mount -t devtmpfs dev /root/dev
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /root/dev/pts
mount -t tmpfs -o mode=1777 shm /root/dev/shm
mount -t tmpfs -o mode=755 run /root/run
chroot /root /bin/mkdir -p /lib/modules
mount --bind /lib/modules /root/lib/modules
[ -s /job/out ] && share "$(cat /job/out)" "/root$(cat /job/out)" out cache=mmap

ip link set lo up
hostname ipvs
dmesg -n 1 # the kernel's own messages stay out of the console, panics excepted

output=/dev/vport0p1
if [ -n "$JOB" ]; then
  output=/dev/ttyS0
  stty -F "$output" raw
fi
cp /job/run /root/run/job
# Its root is moved to that of its mount namespace: the kernel makes no user namespace for a process in a changed root.
unshare -m sh -c 'cd /root && mount -o move . / && exec chroot . /bin/sh /run/job' < /dev/null > "$output" 2>&1
echo $? > /job/status
poweroff -f
