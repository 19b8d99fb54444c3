#!/bin/busybox sh
# The virtual machine's first process: the machine's root over 9p, with a tmpfs on top of it, becomes this one's root.
set -eu
/bin/busybox --install /bin
mount -t devtmpfs devtmpfs /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
mkdir /lower /layer /merged
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose machine /lower
mount -t tmpfs tmpfs /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work overlay /merged
mount --move /dev /merged/dev
mount -t proc proc /merged/proc
mount -t sysfs sysfs /merged/sys
mount -t tmpfs -o mode=755 tmpfs /merged/run
cp /run.sh /command.sh /merged/run
exec switch_root /merged /bin/sh /run/run.sh
