import { addressText, FAMILIES, type Family, familyOf } from '../../base/ip';
import type { FirewallRequest } from '../nft/requests';
import { MapElementEncoder, PROTOCOLS } from './map-element-encoder';
import { ANY_MAP, MAP, tableName } from './table/network-table';
import { comment } from '../nft/userdata';
import { ANY_ADDRESS, isAnyAddress, type PublishedPort } from './published-port';
import { memoize } from '../../base/memoize';

// An element takes up to 144 bytes, and the length field of the list has 16 bits.
const ELEMENTS_PER_REQUEST = 400;

/** The body of a request about elements of the map. */
export interface ElementsBody {
  readonly family: Family;
  readonly table: string;
  readonly set: string;
  readonly elements: Uint8Array;
}

/** The requests that publish ports, many ports per request. The kernel refuses a port already in use with EEXIST. */
export function publishPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  const userdata = comment('nftSetElem', `netloom:${network}`);
  const bodies = bodiesOf(network, ports, (family, any) =>
    MapElementEncoder.ofMapping(family, any, userdata),
  );
  return changeElements('add', bodies);
}

/** The requests that withdraw ports. A port that is not published fails the transaction with ENOENT. */
export function withdrawPorts(network: string, ports: readonly PublishedPort[]): FirewallRequest[] {
  return changeElements('delete', elementsOf(network, ports));
}

/** The bodies that name the elements of ports, up to a maximum number per request. */
export function elementsOf(
  network: string,
  ports: readonly PublishedPort[],
  atATime = ELEMENTS_PER_REQUEST,
): ElementsBody[] {
  return bodiesOf(network, ports, (family, any) => MapElementEncoder.ofKey(family, any), atATime);
}

/** The published port in an element of the map, as the kernel reports it. */
export function publishedPortOf(key: Uint8Array, data: Uint8Array): PublishedPort {
  const [keys, values] = [Buffer.from(key), Buffer.from(data)];
  // The addresses come first; the lengths of the other parts are known.
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

function changeElements(verb: 'add' | 'delete', bodies: readonly ElementsBody[]): FirewallRequest[] {
  return bodies.map((body) => ({ family: 'nftSetElem', verb, body }));
}

function bodiesOf(
  network: string,
  ports: readonly PublishedPort[],
  encoderOf: (family: Family, any: boolean) => MapElementEncoder,
  atATime = ELEMENTS_PER_REQUEST,
): ElementsBody[] {
  const table = tableName(network);
  const maps = FAMILIES.flatMap((family) => [
    { family, any: false, set: MAP, own: [] as PublishedPort[] },
    { family, any: true, set: ANY_MAP, own: [] as PublishedPort[] },
  ]);
  const mapOf = memoize((hostAddress: string) => {
    const [family, any] = [familyOf(hostAddress), isAnyAddress(hostAddress)];
    return maps.find((map) => map.family === family && map.any === any);
  });
  for (const port of ports) mapOf(port.hostAddress)?.own.push(port);
  return maps.flatMap(({ family, any, set, own }) => {
    if (own.length === 0) return [];
    const encoder = encoderOf(family, any);
    return Array.from({ length: Math.ceil(own.length / atATime) }, (_, index) => {
      const some = own.slice(index * atATime, (index + 1) * atATime);
      return { family, table, set, elements: encoder.elements(some) };
    });
  });
}
