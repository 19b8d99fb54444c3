import { tableName } from './network-table';
import type { FirewallRequest } from '../plan/step';
import { comment } from './userdata';

/** One element of a network's map of published ports. Addresses are IPv4 text. */
export interface PublishedPort {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

const PROTOCOLS = { tcp: 6, udp: 17 } as const;

// An element takes some 60 bytes, and the length of the list that holds them is 16 bits.
const ELEMENTS_PER_REQUEST = 500;

/** The requests that publish ports: few, however many the ports. The kernel refuses a taken one with EEXIST. */
export function publishPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  return elementRequests(network, 'add', ports, (port) => ({
    key: { value: keyOf(port) },
    data: { value: words(addressBytes(port.address), portBytes(port.port)) },
    userdata: comment('nftSetElem', `netloom:${network}`),
  }));
}

/** The requests that withdraw them. One that is not there fails the transaction with ENOENT. */
export function withdrawPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  return elementRequests(network, 'delete', ports, (port) => ({ key: { value: keyOf(port) } }));
}

/** The published port that an element of the map stands for, as the kernel reports it. */
export function publishedPortOf(key: Uint8Array, data: Uint8Array): PublishedPort {
  const [keys, values] = [Buffer.from(key), Buffer.from(data)];
  return {
    hostAddress: addressText(keys),
    protocol: keys[4] === PROTOCOLS.tcp ? 'tcp' : 'udp',
    hostPort: keys.readUInt16BE(8),
    address: addressText(values),
    port: values.readUInt16BE(4),
  };
}

/** What must be unique among published ports, as text. */
export function portKey(port: Pick<PublishedPort, 'hostAddress' | 'hostPort' | 'protocol'>): string {
  return `${port.hostAddress}:${String(port.hostPort)}/${port.protocol}`;
}

function elementRequests(
  network: string,
  verb: 'add' | 'delete',
  ports: readonly PublishedPort[],
  element: (port: PublishedPort) => object,
): FirewallRequest[] {
  const requests: FirewallRequest[] = [];
  for (let at = 0; at < ports.length; at += ELEMENTS_PER_REQUEST) {
    const elements = ports.slice(at, at + ELEMENTS_PER_REQUEST).map(element);
    const body = { family: 'ip', table: tableName(network), set: 'published', elements };
    requests.push({ family: 'nftSetElem', verb, body });
  }
  return requests;
}

function keyOf(port: PublishedPort): Uint8Array {
  return words(addressBytes(port.hostAddress), [PROTOCOLS[port.protocol]], portBytes(port.hostPort));
}

// The parts of a concatenation each begin at a register of four bytes.
function words(...parts: readonly (readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.length * 4);
  parts.forEach((part, index) => bytes.set(part, index * 4));
  return bytes;
}

function addressBytes(address: string): number[] {
  return address.split('.').map(Number);
}

function addressText(bytes: Buffer): string {
  return [...bytes.subarray(0, 4)].join('.');
}

function portBytes(port: number): number[] {
  return [port >> 8, port & 0xff];
}
