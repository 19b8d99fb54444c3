#!/bin/bash
# N port publications (tcp dport 20000+i -> 10.121.a.b:80), made the ways that are in use, in a fresh host.
# usage: nat.sh METHOD [N]; prints METHOD N ms
# methods: ipt-nft ipt-legacy (a process per rule) restore-nft restore-legacy nft-batch (a file of rules) nft-map
M=$1 N=${2:-1000}
dst() { D=10.121.$(($1 / 250)).$(($1 % 250 + 2)); }
F=$(mktemp); trap 'rm -f $F' EXIT
base_nft() { nft -f - <<'END'
table ip pb {
  chain pre { type nat hook prerouting priority dstnat; policy accept; }
}
END
}
base_map() { nft -f - <<'END'
table ip pb {
  map pub { type inet_service : ipv4_addr . inet_service; }
  chain pre { type nat hook prerouting priority dstnat; policy accept; dnat ip to tcp dport map @pub; }
}
END
}
case $M in   # preparation, not timed
  ipt-nft*) T=iptables-nft ;;& ipt-legacy*) T=iptables-legacy ;;&
  ipt-*) $T -w -t nat -N PB && $T -w -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j PB ;;
  restore-*) T=iptables-${M#restore-}; $T -w -t nat -N PB && $T -w -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j PB
     { echo '*nat'; for ((i = 1; i <= N; i++)); do dst $i; echo "-A PB -p tcp -m tcp --dport $((20000 + i)) -j DNAT --to-destination $D:80"; done; echo COMMIT; } > $F ;;
  nft-batch) base_nft; for ((i = 1; i <= N; i++)); do dst $i; echo "add rule ip pb pre tcp dport $((20000 + i)) dnat to $D:80"; done > $F ;;
  nft-map) base_map; { echo "add element ip pb pub {"; for ((i = 1; i <= N; i++)); do dst $i; echo "$((20000 + i)) : $D . 80,"; done; echo "}"; } > $F ;;
esac
t=${EPOCHREALTIME/./}
case $M in
  ipt-*) for ((i = 1; i <= N; i++)); do dst $i; $T -w -t nat -A PB -p tcp -m tcp --dport $((20000 + i)) -j DNAT --to-destination $D:80 || exit 1; done ;;
  restore-*) iptables-${M#restore-}-restore -w --noflush $F ;;
  nft-batch | nft-map) nft -f $F ;;
esac || exit 1
u=${EPOCHREALTIME/./}
case $M in
  ipt-* | restore-*) C=$($T -t nat -S PB | grep -c DNAT) ;;
  nft-batch) C=$(nft list chain ip pb pre | grep -c dnat\ to) ;;
  *) C=$(nft -j list map ip pb pub | grep -o '"concat"' | wc -l) ;;
esac
[ "$C" = "$N" ] || { echo "$M: $C of $N present" >&2; exit 1; }
echo "$M $N $(((u - t) / 1000)).$(printf %03d $(((u - t) % 1000)))"
