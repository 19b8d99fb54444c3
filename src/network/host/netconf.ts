import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import type { Family } from '../../base/ip';
import { runRequests } from '../../nsfs/run-requests';
import type { NetworkNamespace } from '../../netns/namespace';

/**
 * The settings of a device that the kernel reports in one message; index -1 stands for all devices, -2 for later
 * devices.
 */
interface Netconf {
  readonly index: number;
  readonly forwarding: number;
  readonly rpFilter?: number;
  /** IPv6 only, since Linux 6.17. */
  readonly forceForwarding?: number;
}

/** The loopback device, the first of every namespace. Its packets are never forwarded. */
const LOOPBACK = 1;
const ALL = -1;

/** How a host forwards packets of a family. */
export interface HostForwarding {
  /** Whether the host is set to forward on all devices (conf/all/forwarding); for IPv6 no other setting counts then. */
  readonly all: boolean;
  /** The indexes of the devices that do not forward. */
  readonly closed: ReadonlySet<number>;
}

/** The forwarding of a host's devices: one small message each, however much other data the kernel has on them. */
export async function readForwarding(host: NetworkNamespace, family: Family): Promise<HostForwarding> {
  const all = await readNetconf(host, family);
  const isAll = all.some(({ index, forwarding }) => index === ALL && forwarding !== 0);
  const isClosed = ({ forwarding, forceForwarding }: Netconf): boolean =>
    family === 'ip' ? forwarding === 0 : !isAll && forceForwarding !== 1;
  const closed = all.filter((one) => one.index > LOOPBACK && isClosed(one)).map(({ index }) => index);
  return { all: isAll, closed: new Set(closed) };
}

/** The settings of all devices. */
export async function readNetconf(host: NetworkNamespace, family: Family): Promise<Netconf[]> {
  const step = {
    op: 'request',
    slot: 0,
    family: 'netconf',
    verb: 'list',
    body: { family: family === 'ip' ? 'inet' : 'inet6' },
    reply: true,
  } as const;
  const [{ failure, reply = new Uint8Array() } = {}] = await runRequests(host, [step]);
  if (failure) throw NetlinkError.of(failure, { operation: 'netconf.list' });
  return decodeReply('netconf', reply) as Netconf[];
}
