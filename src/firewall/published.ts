import { addressText, FAMILIES, type Family, familyOf } from '../ip';
import type { FirewallRequest } from '../plan/step';
import { ElementStamp, PROTOCOLS } from './element-stamp';
import { MAP, tableName } from './network-table';
import { comment } from './userdata';

/** One element of a network's map of published ports. Both addresses are of one family, as {@link addressText} writes them. */
export interface PublishedPort {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

// An element takes up to 144 bytes, and the length of the list that holds them is 16 bits.
const ELEMENTS_PER_REQUEST = 400;

/** What requests about elements of the map name: these, in this set. */
export interface ElementsBody {
  readonly family: Family;
  readonly table: string;
  readonly set: string;
  readonly elements: Uint8Array;
}

/** The requests that publish ports: few, however many the ports. The kernel refuses a taken one with EEXIST. */
export function publishPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  const userdata = comment('nftSetElem', `netloom:${network}`);
  const bodies = bodiesOf(network, ports, (family) => ElementStamp.ofMapping(family, userdata));
  return changeElements('add', bodies);
}

/** The requests that withdraw them. One that is not there fails the transaction with ENOENT. */
export function withdrawPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  return changeElements('delete', elementsOf(network, ports));
}

/** What names the elements of ports, so many in one request. */
export function elementsOf(
  network: string,
  ports: readonly PublishedPort[],
  atATime = ELEMENTS_PER_REQUEST,
): ElementsBody[] {
  return bodiesOf(network, ports, (family) => ElementStamp.ofKey(family), atATime);
}

/** The published port that an element of the map stands for, as the kernel reports it. */
export function publishedPortOf(key: Uint8Array, data: Uint8Array): PublishedPort {
  const [keys, values] = [Buffer.from(key), Buffer.from(data)];
  // The address comes first, and of the rest the length is known.
  const length = key.length - 8;
  return {
    hostAddress: addressText(key.slice(0, length)),
    protocol: keys[length] === PROTOCOLS.tcp ? 'tcp' : 'udp',
    hostPort: keys.readUInt16BE(length + 4),
    address: addressText(data.slice(0, length)),
    port: values.readUInt16BE(length),
  };
}

/** A port of the host: what must be unique among published ports. */
type HostPort = Pick<PublishedPort, 'hostAddress' | 'hostPort' | 'protocol'>;

export function isSamePort(one: HostPort, other: HostPort): boolean {
  return (
    one.hostPort === other.hostPort &&
    one.hostAddress === other.hostAddress &&
    one.protocol === other.protocol
  );
}

/** The host's port as text. */
export function portKey(port: HostPort): string {
  const host = familyOf(port.hostAddress) === 'ip' ? port.hostAddress : `[${port.hostAddress}]`;
  return `${host}:${String(port.hostPort)}/${port.protocol}`;
}

function changeElements(verb: 'add' | 'delete', bodies: readonly ElementsBody[]): FirewallRequest[] {
  return bodies.map((body) => ({ family: 'nftSetElem', verb, body }));
}

function bodiesOf(
  network: string,
  ports: readonly PublishedPort[],
  stampOf: (family: Family) => ElementStamp,
  atATime = ELEMENTS_PER_REQUEST,
): ElementsBody[] {
  const byFamily = { ip: [] as PublishedPort[], ip6: [] as PublishedPort[] };
  for (const port of ports) byFamily[familyOf(port.hostAddress)].push(port);
  return FAMILIES.flatMap((family) => {
    const own = byFamily[family];
    if (own.length === 0) return [];
    const [table, stamp] = [tableName(network), stampOf(family)];
    return Array.from({ length: Math.ceil(own.length / atATime) }, (_, index) => {
      const some = own.slice(index * atATime, (index + 1) * atATime);
      return { family, table, set: MAP, elements: stamp.elements(some) };
    });
  });
}
