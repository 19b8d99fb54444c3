import { familyOf } from '../../base/ip';

/** The host address that means all addresses of the host, by family. */
export const ANY_ADDRESS = { ip: '0.0.0.0', ip6: '::' } as const;

/** Whether a port is published on all addresses of the host. */
export function isAnyAddress(hostAddress: string): boolean {
  return hostAddress === ANY_ADDRESS.ip || hostAddress === ANY_ADDRESS.ip6;
}

/**
 * One element of a network's maps of published ports. Both addresses have the same family and are written as by
 * {@link addressText}; {@link ANY_ADDRESS} as host address means all addresses of the host.
 */
export interface PublishedPort {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/** A port of the host. */
export type HostPort = Pick<PublishedPort, 'hostAddress' | 'hostPort' | 'protocol'>;

/** Whether a packet could match both: then only one of them can be published. */
export function isSamePort(one: HostPort, other: HostPort): boolean {
  return (
    one.hostPort === other.hostPort &&
    one.protocol === other.protocol &&
    (one.hostAddress === other.hostAddress || isCoveredByAny(one, other) || isCoveredByAny(other, one))
  );
}

function isCoveredByAny({ hostAddress: any }: HostPort, { hostAddress }: HostPort): boolean {
  return any === ANY_ADDRESS[familyOf(hostAddress)];
}

/** The host's port as text. */
export function portKey(port: HostPort): string {
  const host = familyOf(port.hostAddress) === 'ip' ? port.hostAddress : `[${port.hostAddress}]`;
  return `${host}:${String(port.hostPort)}/${port.protocol}`;
}

/** The host's port and its target, as text. */
export function portTarget(port: PublishedPort): string {
  return `${portKey(port)} ${port.address}:${String(port.port)}`;
}
