import { Address4 } from 'ip-address';

/** An IPv4 network as numbers: cheap to iterate and to compare. */
export interface Subnet {
  /** '10.0.0.0/24'. */
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

// Ranges without host addresses (RFC 6890), and why.
const RESERVED = [
  ['0.0.0.0/8', 'which stands for "this network"'],
  ['127.0.0.0/8', 'which is for loopback'],
  ['224.0.0.0/4', 'which is for multicast'],
  ['240.0.0.0/4', 'which is reserved and includes the broadcast address'],
] as const;

/** Parses '10.0.0.0/24'; bits behind the prefix are dropped. Undefined if invalid. */
export function parseSubnet(text: string): Subnet | undefined {
  if (!text.includes('/') || !Address4.isValid(text)) return undefined;
  const address = new Address4(text);
  const first = Number(address.startAddress().bigInt());
  const last = Number(address.endAddress().bigInt());
  return { text: `${addressText(first)}/${address.subnetMask}`, first, last, prefix: address.subnetMask };
}

/** Parses '10.0.0.2'; undefined for an invalid IPv4 address. */
export function parseAddress(text: string): number | undefined {
  if (text.includes('/') || !Address4.isValid(text)) return undefined;
  return Number(new Address4(text).bigInt());
}

// Without an array: called for each address of a network, in use or not.
export function addressText(address: number): string {
  const octet = (shift: number): string => String((address >>> shift) & 0xff);
  return `${octet(24)}.${octet(16)}.${octet(8)}.${octet(0)}`;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Why a network cannot be used for hosts; undefined if it can. */
export function reservedPart(subnet: Subnet): string | undefined {
  const found = RESERVED.find(([network]) => overlaps(subnet, parseSubnet(network) as Subnet));
  return found && `must not be in ${found[0]}, ${found[1]}: choose one of 10.0.0.0/8, such as "10.0.0.0/24"`;
}

/** Whether an address can be a host's: inside, and neither the network's own nor its broadcast address. */
export function isHostAddress(subnet: Subnet, address: number): boolean {
  return address > subnet.first && address < subnet.last;
}
