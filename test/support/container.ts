import type { NetworkNamespace } from '../../src/netns/namespace';
import { sh } from './command';
import type { Lab } from './lab';
import { keep, scratchHost } from './scratch';

/** Where {@link container} is. */
export const CONTAINER = '10.9.0.2';
export const CONTAINER6 = 'fd00:9::2';

/** A bridge such as Docker's, with a container behind it. */
export async function container(host: NetworkNamespace): Promise<void> {
  const inside = keep(await scratchHost());
  await sh(
    host,
    `ip link add docker0 type bridge; ip addr add 10.9.0.1/24 dev docker0; ip addr add fd00:9::1/64 dev docker0 nodad
     ip link set docker0 addrgenmode none up
     ip link add vd type veth peer name eth0 netns /proc/${process.pid}/fd/${inside.fd}
     ip link set vd master docker0 addrgenmode none up`,
  );
  await sh(
    inside,
    `ip addr add ${CONTAINER}/24 dev eth0; ip addr add ${CONTAINER6}/64 dev eth0 nodad; ip link set eth0 addrgenmode none up
     ip route add default via 10.9.0.1; ip route add default via fd00:9::1`,
  );
}

/** Has what lies beyond a host's way out send to the container by way of the host, as a neighbour on its LAN could. */
export async function leadStrangers({ host, internet }: Lab): Promise<void> {
  await sh(host, 'ip addr add 2001:db8::1/64 dev wan0 nodad');
  await sh(
    internet,
    `ip addr add 2001:db8::2/64 dev lan0 nodad
     ip route add 10.9.0.0/24 via 192.0.2.1; ip route add fd00:9::/64 via 2001:db8::1`,
  );
}
