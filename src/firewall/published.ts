import { addressText, FAMILIES, type Family, familyOf } from '../base/ip';
import type { FirewallRequest } from './requests';
import { ElementStamp, PROTOCOLS } from './element-stamp';
import { ANY_MAP, MAP, tableName } from './network-table';
import type { SetElement, SetShape } from './text/elements';
import { numberOf, typeNamed } from './text/types';
import { comment } from './userdata';
import { remembering } from '../base/memoize';

/** The host address that stands for every one of the host's, by family. */
export const ANY_ADDRESS = { ip: '0.0.0.0', ip6: '::' } as const;

/** Whether a port is published on every address of the host. */
export function isAnyAddress(hostAddress: string): boolean {
  return hostAddress === ANY_ADDRESS.ip || hostAddress === ANY_ADDRESS.ip6;
}

/**
 * One element of a network's maps of published ports. Both addresses are of one family, as {@link addressText} writes them;
 * a host address of {@link ANY_ADDRESS} means every address of the host.
 */
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
  const bodies = bodiesOf(network, ports, (family, any) => ElementStamp.ofMapping(family, any, userdata));
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
  return bodiesOf(network, ports, (family, any) => ElementStamp.ofKey(family, any), atATime);
}

/** The published port that an element of the map stands for, as the kernel reports it. */
export function publishedPortOf(key: Uint8Array, data: Uint8Array): PublishedPort {
  const [keys, values] = [Buffer.from(key), Buffer.from(data)];
  // The addresses come first, and of the rest the lengths are known.
  const [hostLength, length] = [key.length - 8, data.length - 4];
  const any = ANY_ADDRESS[length === 4 ? 'ip' : 'ip6'];
  return {
    hostAddress: hostLength === 0 ? any : addressText(key.slice(0, hostLength)),
    protocol: keys[hostLength] === PROTOCOLS.tcp ? 'tcp' : 'udp',
    hostPort: keys.readUInt16BE(hostLength + 4),
    address: addressText(data.slice(0, length)),
    port: values.readUInt16BE(length),
  };
}

/**
 * What set elements belong to, by how long their keys and data are, where it is one of the library's own: published ports,
 * the interfaces that forward for peers, and the peers' subnets.
 */
export function guessedShape(elements: readonly SetElement[]): SetShape | undefined {
  const lengths = new Set(elements.map(({ key, data }) => `${length(key)} ${length(data)}`));
  const [only, ...others] = lengths;
  return others.length > 0 ? undefined : SHAPES[only ?? ''];
}

const length = (data: SetElement['data']): string => String(data?.value?.length ?? 0);

type Address = 'ipv4_addr' | 'ipv6_addr';

// Without an address of the host in its key a port is published on all of them.
const ports = (...address: readonly Address[]): SetShape => {
  const types = [...address, 'inet_proto', 'inet_service'] as const;
  return {
    keyType: numberOf(types.map(typeNamed)),
    keyLen: address.reduce((length, one) => length + typeNamed(one).size, 8),
  };
};
const leadingTo = (address: Address, key: SetShape): SetShape => ({
  ...key,
  dataType: numberOf([typeNamed(address), typeNamed('inet_service')]),
  dataLen: typeNamed(address).size + 4,
});

const SHAPES: Readonly<Record<string, SetShape>> = {
  '8 0': ports(),
  '8 8': leadingTo('ipv4_addr', ports()),
  '8 20': leadingTo('ipv6_addr', ports()),
  '12 0': ports('ipv4_addr'),
  '12 8': leadingTo('ipv4_addr', ports('ipv4_addr')),
  '24 0': ports('ipv6_addr'),
  '24 20': leadingTo('ipv6_addr', ports('ipv6_addr')),
  '16 0': { keyType: typeNamed('ifname').number, keyLen: 16 },
  '4 0': { keyType: typeNamed('ipv4_addr').number, keyLen: 4, flags: ['interval'] },
};

/** A port of the host. */
export type HostPort = Pick<PublishedPort, 'hostAddress' | 'hostPort' | 'protocol'>;

/** Whether a packet could be meant for both: then only one of them can be published. */
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

/** The host's port and where it leads, as text. */
export function portTarget(port: PublishedPort): string {
  return `${portKey(port)} ${port.address}:${String(port.port)}`;
}

function changeElements(verb: 'add' | 'delete', bodies: readonly ElementsBody[]): FirewallRequest[] {
  return bodies.map((body) => ({ family: 'nftSetElem', verb, body }));
}

function bodiesOf(
  network: string,
  ports: readonly PublishedPort[],
  stampOf: (family: Family, any: boolean) => ElementStamp,
  atATime = ELEMENTS_PER_REQUEST,
): ElementsBody[] {
  const table = tableName(network);
  const maps = FAMILIES.flatMap((family) => [
    { family, any: false, set: MAP, own: [] as PublishedPort[] },
    { family, any: true, set: ANY_MAP, own: [] as PublishedPort[] },
  ]);
  const mapOf = remembering((hostAddress: string) => {
    const [family, any] = [familyOf(hostAddress), isAnyAddress(hostAddress)];
    return maps.find((map) => map.family === family && map.any === any);
  });
  for (const port of ports) mapOf(port.hostAddress)?.own.push(port);
  return maps.flatMap(({ family, any, set, own }) => {
    if (own.length === 0) return [];
    const stamp = stampOf(family, any);
    return Array.from({ length: Math.ceil(own.length / atATime) }, (_, index) => {
      const some = own.slice(index * atATime, (index + 1) * atATime);
      return { family, table, set, elements: stamp.elements(some) };
    });
  });
}
