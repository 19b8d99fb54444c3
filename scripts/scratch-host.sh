#!/bin/sh
# Runs a command in its own network and mount namespace, so that the command cannot touch the machine. An empty
# /run hides the names under /run/netns and the journal, /etc is a copy, for the files under /etc/netns, and sysfs shows
# the new namespace's links.
# A plain user becomes root of a user namespace; operations forbidden to such a root fail in the command, not here.
set -eu
if [ "${NETLOOM_SCRATCH_HOST:-}" != 1 ]; then
  user=
  [ "$(id -u)" = 0 ] || user='--user --map-root-user'
  export NETLOOM_SCRATCH_HOST=1
  # shellcheck disable=SC2086
  exec unshare $user --net --mount --propagation private -- "$0" "$@"
fi
PATH=$PATH:/usr/sbin:/sbin
mount -t tmpfs -o mode=755 tmpfs /run
# A plain user cannot read all of /etc. The copy drops /etc/netns; a link into the hidden /run would dangle.
cp -R /etc /run/etc 2>/dev/null || true
rm -rf /run/etc/netns
[ -e /run/etc/resolv.conf ] || { rm -f /run/etc/resolv.conf && touch /run/etc/resolv.conf; }
mount --bind /run/etc /etc
mount -t sysfs sysfs /sys 2>/dev/null || true
ip link set lo up
# In a user namespace the machine's directories belong to nobody, and the tests' compiler refuses to cache there.
grep -q '^ *0 *0 *4294967295$' /proc/self/uid_map || export SWC_NATIVE_BINDING_CACHE_SKIP_SECURITY_CHECK=1
exec "$@"
