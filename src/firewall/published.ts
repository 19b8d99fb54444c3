import { addressBytes, addressText, FAMILIES, type Family, familyOf } from '../ip';
import { tableName } from './network-table';
import type { FirewallRequest } from '../plan/step';
import { remembering } from '../remembering';
import { comment } from './userdata';

/** One element of a network's map of published ports. Both addresses are of one family, as {@link addressText} writes them. */
export interface PublishedPort {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

const PROTOCOLS = { tcp: 6, udp: 17 } as const;

// An element takes up to 144 bytes, and the length of the list that holds them is 16 bits.
const ELEMENTS_PER_REQUEST = 400;

/** The requests that publish ports: few, however many the ports. The kernel refuses a taken one with EEXIST. */
export function publishPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  const [keyOf, dataOf] = [keys(), targets()];
  const userdata = comment('nftSetElem', `netloom:${network}`);
  return elementRequests(network, 'add', ports, (port) => ({
    key: { value: keyOf(port) },
    data: { value: dataOf(port) },
    userdata,
  }));
}

/** The requests that withdraw them. One that is not there fails the transaction with ENOENT. */
export function withdrawPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  const keyOf = keys();
  return elementRequests(network, 'delete', ports, (port) => ({ key: { value: keyOf(port) } }));
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

/** What must be unique among published ports, as text. */
export function portKey(port: Pick<PublishedPort, 'hostAddress' | 'hostPort' | 'protocol'>): string {
  const host = familyOf(port.hostAddress) === 'ip' ? port.hostAddress : `[${port.hostAddress}]`;
  return `${host}:${String(port.hostPort)}/${port.protocol}`;
}

function elementRequests(
  network: string,
  verb: 'add' | 'delete',
  ports: readonly PublishedPort[],
  element: (port: PublishedPort) => object,
): FirewallRequest[] {
  return FAMILIES.flatMap((family) => {
    const own = ports.filter(({ hostAddress }) => familyOf(hostAddress) === family);
    return requestsOf(family, network, verb, own.map(element));
  });
}

function requestsOf(
  family: Family,
  network: string,
  verb: 'add' | 'delete',
  all: readonly object[],
): FirewallRequest[] {
  const requests: FirewallRequest[] = [];
  for (let at = 0; at < all.length; at += ELEMENTS_PER_REQUEST) {
    const elements = all.slice(at, at + ELEMENTS_PER_REQUEST);
    const body = { family, table: tableName(network), set: 'published', elements };
    requests.push({ family: 'nftSetElem', verb, body });
  }
  return requests;
}

// The parts of a concatenation each begin at a register of four bytes.
function keys(): (port: PublishedPort) => Uint8Array {
  const begun = beginnings(8);
  return ({ hostAddress, hostPort, protocol }) => {
    const bytes = begun(hostAddress).slice();
    const at = bytes.length - 8;
    bytes[at] = PROTOCOLS[protocol];
    bytes[at + 4] = hostPort >> 8;
    bytes[at + 5] = hostPort;
    return bytes;
  };
}

function targets(): (port: PublishedPort) => Uint8Array {
  const begun = beginnings(4);
  return ({ address, port }) => {
    const bytes = begun(address).slice();
    const at = bytes.length - 4;
    bytes[at] = port >> 8;
    bytes[at + 1] = port;
    return bytes;
  };
}

/** The bytes of an address, and so many zeros behind it. A thousand ports have few addresses. */
function beginnings(room: number): (address: string) => Uint8Array {
  return remembering((address) => {
    const bytes = addressBytes(address);
    const longer = new Uint8Array(bytes.length + room);
    longer.set(bytes);
    return longer;
  });
}
