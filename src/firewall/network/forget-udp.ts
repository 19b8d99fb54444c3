import type { OpenNamespace } from '../../nsfs/handle';
import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import type { NativeRequestStep } from '../../native/program';
import { type Family, familyOf } from '../../base/ip';
import { runRequests } from '../../nsfs/run-requests';
import { isUnsupported } from '../nft/unsupported';
import { ANY_ADDRESS, portKey, type PublishedPort } from './published-port';

/** A connection as the kernel tracks it, as far as it takes to tell it from others. */
interface Connection {
  readonly family: string;
  readonly original: {
    readonly ip?: { readonly dst4?: string; readonly dst6?: string };
    readonly proto?: { readonly protocol?: string | number; readonly dport?: number };
  };
  readonly id: number;
  readonly zone?: number;
}

const GONE = 'ENOENT';

/**
 * Has the kernel forget the UDP connections to ports that were published or withdrawn. Only the first packet of a
 * connection meets the rules: a sender that does not pause would else go on to where the port led before.
 */
export async function forgetUdp(host: OpenNamespace, ports: readonly PublishedPort[]): Promise<void> {
  const udp = ports.filter(({ protocol }) => protocol === 'udp');
  if (udp.length === 0) return;
  const keys = new Set(udp.map(portKey));
  const families = new Set(udp.map(({ hostAddress }) => familyOf(hostAddress)));
  const tracked = await udpConnections(host, [...families]);
  const stale = tracked.filter((connection) => keysOf(connection).some((key) => keys.has(key)));
  const refused = (await runRequests(host, stale.map(deletion))).find(
    ({ failure }) => failure && NetlinkError.of(failure, { operation: 'ct.delete' }).code !== GONE,
  )?.failure;
  if (refused) throw NetlinkError.of(refused, { operation: 'ct.delete' });
}

async function udpConnections(
  host: OpenNamespace,
  families: readonly Family[],
): Promise<readonly Connection[]> {
  const lists = families.map((family) => {
    const body = { family, original: { proto: { protocol: 'udp' } }, filter: { original: ['protocol'] } };
    return { op: 'request', slot: 0, family: 'ct', verb: 'list', body, reply: true } as const;
  });
  const results = await runRequests(host, lists);
  return results.flatMap(({ failure, reply }) => {
    if (!failure) return reply ? (decodeReply('ct', reply) as Connection[]) : [];
    const error = NetlinkError.of(failure, { operation: 'ct.list' });
    // Then they end by themselves, when nobody has sent for half a minute.
    if (isUnsupported(error)) return [];
    throw error;
  });
}

function deletion({ family, original, id, zone }: Connection): NativeRequestStep {
  const body = { family, original, id, ...(zone !== undefined && { zone }) };
  return { op: 'request', slot: 0, family: 'ct', verb: 'delete', body };
}

// The ports that may have led a connection away: that of its address, and that of every address.
function keysOf({ original: { ip, proto } }: Connection): string[] {
  if (proto?.protocol !== 'udp') return [];
  const hostAddress = ip?.dst4 ?? ip?.dst6 ?? '';
  const port = { hostPort: proto.dport ?? 0, protocol: 'udp' } as const;
  return [hostAddress, ANY_ADDRESS[familyOf(hostAddress)]].map((address) =>
    portKey({ hostAddress: address, ...port }),
  );
}
