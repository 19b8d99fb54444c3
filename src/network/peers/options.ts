import { check, pipe, string } from 'valibot';
import { NetlinkError, ValidationError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { driverOf } from '../drivers';
import { readLink } from '../host/links';
import { overlappingRoutes, ROUTE_PROTOCOL } from '../host/routes';
import type { Layout } from '../model/layout';
import type { NetworkState, Peer } from '../model/network-state';
import { tag } from '../model/tags';
import { overlaps, parseAddress, parseSubnet, reservedPart, type Subnet } from '../addressing/subnet';
import { options, validate } from '../../errors/validate-options';

/** Another host's network, reached through that host. */
export interface RemoteNetwork {
  /** '10.0.1.0/24'. */
  readonly subnet: string;
  /** The other host's address on a network that it shares with this one; not an address inside the subnet. */
  readonly via: string;
}

const OPERATION = 'network.peer';

const subnetSchema = pipe(
  string('must be an IPv4 network, such as "10.0.1.0/24"'),
  check((text) => parseSubnet(text)?.text === text, 'must be an IPv4 network, such as "10.0.1.0/24"'),
);
const schema = options({
  subnet: subnetSchema,
  via: pipe(
    string("must be the other host's IPv4 address"),
    check((text) => parseAddress(text) !== undefined, 'must be an IPv4 address, such as "192.0.2.7"'),
  ),
});

/** Refuses an invalid peer subnet. Throws a ValidationError. */
export function checkPeerSubnet(subnet: unknown): void {
  validate(options({ subnet: subnetSchema }), { subnet }, 'network.unpeer');
}

/** Checks a caller's description of another host's network. Throws a ValidationError. */
export function checkRemote(layout: Layout, given: RemoteNetwork): RemoteNetwork {
  const { subnet, via } = validate(schema, given, OPERATION);
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation: OPERATION, path, value, problem });
  };
  const refusal = driverOf(layout).refusePeers(layout);
  if (refusal) refuse(refusal.path, refusal.value, refusal.problem);
  const range = parseSubnet(subnet) as Subnet;
  const gateway = parseAddress(via) as number;
  if (range.prefix === 0) refuse('subnet', subnet, 'must not be the default route');
  const reserved = reservedPart(range);
  if (reserved !== undefined) refuse('subnet', subnet, reserved);
  if (overlaps(range, layout.subnet))
    refuse(
      'subnet',
      subnet,
      `overlaps ${layout.subnet.text} of this network: no packet would leave the network`,
    );
  if (gateway >= range.first && gateway <= range.last)
    refuse(
      'via',
      via,
      `must be the other host's own address, outside ${subnet}, which is only reachable through that host`,
    );
  return { subnet, via };
}

/** The host's interface that leads to a neighbour's address. */
export async function interfaceTowards(host: NetworkNamespace, via: string): Promise<string> {
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation: OPERATION, path: 'via', value: via, problem });
  };
  const remedy =
    "must be an address that the host reaches directly, such as the other host's address on a shared network";
  const route = await host.rtnl.route.get({ to: via }).catch((error: unknown) => {
    if (error instanceof NetlinkError && error.code.includes('UNREACH')) return refuse(remedy);
    throw error;
  });
  if (route.type !== 'unicast') refuse("must be another host's address, not one of this host's");
  if (route.via !== undefined || route.dev === undefined) return refuse(remedy);
  return (await host.rtnl.link.get({ index: route.dev })).ifname;
}

/** Refuses a subnet in which the host itself has an address. */
export async function checkAddresses(host: NetworkNamespace, subnet: string): Promise<void> {
  const range = parseSubnet(subnet) as Subnet;
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  const own = addresses
    .map(({ address }) => address)
    .find((address) => {
      const at = parseAddress(address.split('/', 1)[0] ?? '');
      return at !== undefined && at >= range.first && at <= range.last;
    });
  if (own === undefined) return;
  const problem = `contains ${own}, an address of this host: the other host's network needs another subnet`;
  throw new ValidationError({ operation: OPERATION, path: 'subnet', value: subnet, problem });
}

/** Refuses a subnet in a network of this host, whose endpoints there would be cut off by the longer route. */
export async function checkNetworks(host: NetworkNamespace, subnet: string): Promise<void> {
  const range = parseSubnet(subnet) as Subnet;
  const around = (await overlappingRoutes(host, subnet, 'main')).filter(({ to = '', protocol }) => {
    const prefix = parseSubnet(to)?.prefix ?? 0;
    // Routes to peers, which several networks may share, lead by devices of networks as well.
    return prefix > 0 && prefix <= range.prefix && protocol !== ROUTE_PROTOCOL;
  });
  for (const { to = '', dev } of around) {
    const { ifalias = '' } = dev === undefined ? {} : await readLink(host, dev);
    if (!ifalias.startsWith(tag(''))) continue;
    const problem =
      `is inside ${to} of the network '${ifalias.slice(tag('').length)}', whose endpoints this host could not reach ` +
      "any more: the other host's network needs another subnet";
    throw new ValidationError({ operation: OPERATION, path: 'subnet', value: subnet, problem });
  }
}

/** Refuses a subnet that overlaps a peer's. */
export function checkPeerOverlap({ peers = [] }: NetworkState, chosen: Peer): void {
  const range = parseSubnet(chosen.subnet) as Subnet;
  const other = peers.find(({ subnet }) => overlaps(range, parseSubnet(subnet) as Subnet));
  if (other === undefined) return;
  const problem = `overlaps ${other.subnet}, which is a peer via ${other.via} already: unpeer that subnet first`;
  throw new ValidationError({ operation: OPERATION, path: 'subnet', value: chosen.subnet, problem });
}
