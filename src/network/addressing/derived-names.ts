import { createHash } from 'node:crypto';

/**
 * Names and MAC addresses are derived, not counted or random: the same input gives the same device and MAC address, so
 * that a recreated network looks the same, and its objects can be told from foreign ones.
 */
function digest(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(parts.join('\0')).digest();
}

/** A locally administered unicast MAC address. */
export function derivedMac(network: string, role: string, address: string): string {
  return macOf(digest('mac', network, role, address).toString('hex', 0, 6));
}

/**
 * The identifiers derived from an endpoint's address: the MAC addresses of both ends, and the name of the bridge's
 * port.
 */
export interface EndpointIds {
  readonly mac: string;
  readonly portMac: string;
  /** 15 bytes, the limit of a device's name. */
  readonly port: string;
}

/**
 * The identifiers of a network's endpoints: the network's own prefix, followed by the address. Unique even for
 * thousands of endpoints.
 */
export function endpointIds(network: string): (address: string) => EndpointIds {
  const [hex, prefix] = [endpointDigest(network), portPrefix(network)];
  // The two ends differ in the lowest bit of their second byte.
  const [first] = macOf(hex).split(':');
  const second = Number.parseInt(hex.slice(2, 4), 16);
  const [inside, outside] = [second & 0xfe, second | 0x01].map((byte) => `${first ?? ''}:${octet(byte)}`);
  return (address) => {
    const bytes = address.split('.').map((text) => octet(Number(text)));
    const tail = bytes.join(':');
    return {
      mac: `${inside ?? ''}:${tail}`,
      portMac: `${outside ?? ''}:${tail}`,
      port: `${prefix}${bytes.join('')}`,
    };
  };
}

/** The prefix of the names of a network's ports. */
export function portPrefix(network: string): string {
  return `nl${endpointDigest(network).slice(4, 9)}`;
}

function endpointDigest(network: string): string {
  return digest('endpoint', network).toString('hex');
}

function macOf(hex: string): string {
  const first = (Number.parseInt(hex.slice(0, 2), 16) & 0xfc) | 0x02;
  const rest = [2, 4, 6, 8, 10].map((at) => hex.slice(at, at + 2));
  return [octet(first), ...rest].join(':');
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** The name of a network's tunnel device. */
export function vxlanName(network: string): string {
  return `nlx${digest('vxlan', network).toString('hex').slice(0, 12)}`;
}

/** The name of the host's device for a network: `nl-<name>`, or a digest where that is too long. */
export function deviceName(network: string): string {
  const plain = `nl-${network}`;
  return plain.length <= 15 ? plain : `nl-${digest('device', network).toString('hex').slice(0, 12)}`;
}
