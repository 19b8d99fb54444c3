import { createHash } from 'node:crypto';

/**
 * What a network derives from names rather than counts or draws: the same input gives the same device and MAC address,
 * so that a network looks the same after it was made anew, and what it made can be told from what others made.
 */
function digest(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(parts.join('\0')).digest();
}

/** A locally administered unicast MAC address. */
export function derivedMac(network: string, role: string, address: string): string {
  const bytes = digest('mac', network, role, address).subarray(0, 6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The name of the bridge's port for an endpoint: 15 bytes, the most that a device's name can have. */
export function portName(network: string, address: string): string {
  return `nl${digest('port', network, address).toString('hex').slice(0, 13)}`;
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
