import type { OpenNamespace } from '../../nsfs/handle';
import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import type { NativeRequestStep } from '../../native/program';
import { type Family, familyOf } from '../../base/ip';
import { runRequests } from '../../nsfs/run-requests';
import { isUnsupported } from '../nft/unsupported';
import { ANY_ADDRESS, portKey, type PublishedPort } from './published-port';

/** A tracked connection, with the fields that identify it. */
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
 * Removes the tracked UDP connections to published or withdrawn ports. Rules apply only to the first packet of a
 * connection: a sender without pauses would otherwise keep reaching the port's previous target.
 */
export async function deleteUdpConntrack(
  host: OpenNamespace,
  ports: readonly PublishedPort[],
): Promise<void> {
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
    // Such connections expire by themselves, half a minute after the last packet.
    if (isUnsupported(error)) return [];
    throw error;
  });
}

function deletion({ family, original, id, zone }: Connection): NativeRequestStep {
  const body = { family, original, id, ...(zone !== undefined && { zone }) };
  return { op: 'request', slot: 0, family: 'ct', verb: 'delete', body };
}

// The ports that may have redirected a connection: on its address, and on all addresses.
function keysOf({ original: { ip, proto } }: Connection): string[] {
  if (proto?.protocol !== 'udp') return [];
  const hostAddress = ip?.dst4 ?? ip?.dst6 ?? '';
  const port = { hostPort: proto.dport ?? 0, protocol: 'udp' } as const;
  return [hostAddress, ANY_ADDRESS[familyOf(hostAddress)]].map((address) =>
    portKey({ hostAddress: address, ...port }),
  );
}
