import { hostFile, parseResolvConf, type ResolvConf, readIfThere, resolvConfText } from '../dns/resolv-conf';
import type { Zone } from '../dns/zone';
import type { OpenNamespace } from './handle';

/** The DNS settings that a network gives to its namespaces. */
export interface NetworkNames {
  /** The address its resolver listens on. */
  readonly address: string;
  /** The current search domains for short names. */
  readonly search: () => readonly string[];
  /** The current names of the network's own namespaces. */
  readonly zone: () => Promise<Zone>;
}

/** The resolvers of a namespace's networks, by its cookie: several objects may refer to one namespace. */
const known = new Map<bigint, readonly NetworkNames[]>();

/** Registers a network's resolver for a namespace. */
export function useResolver({ cookie }: OpenNamespace, names: NetworkNames): void {
  const others = (known.get(cookie) ?? []).filter(({ address }) => address !== names.address);
  known.set(cookie, [...others, names]);
}

export function forgetResolver({ cookie }: OpenNamespace, address: string): void {
  const left = (known.get(cookie) ?? []).filter((one) => one.address !== address);
  if (left.length > 0) known.set(cookie, left);
  else known.delete(cookie);
}

/** The networks with a resolver that this process has a namespace on, in the order of attaching. */
export function networksOf({ cookie }: Pick<OpenNamespace, 'cookie'>): readonly NetworkNames[] {
  return known.get(cookie) ?? [];
}

/** Whether a network's resolver serves the namespace. */
export function isOnNetwork({ cookie }: OpenNamespace): boolean {
  return known.has(cookie);
}

/**
 * The resolvers to ask inside: from the namespace's own /etc/netns/NAME/resolv.conf, else those of its networks, else
 * those of the machine, as for a program inside.
 */
export function resolversOf(netns: OpenNamespace): ResolvConf {
  return parseResolvConf(resolvConfOf(netns) ?? hostFile(undefined) ?? '', process.env);
}

/** The resolv.conf that applies to a namespace only; undefined if it has none but the machine's. */
export function resolvConfOf(netns: OpenNamespace): string | undefined {
  return ownFile(netns, 'resolv.conf') ?? networksFile(netns);
}

function networksFile({ cookie }: OpenNamespace): string | undefined {
  const networks = known.get(cookie);
  if (networks === undefined) return undefined;
  return resolvConfText({
    nameservers: networks.map(({ address }) => address),
    search: [...new Set(networks.flatMap(({ search }) => search()))],
  });
}

/** The addresses of a name in /etc/hosts, or instead in /etc/netns/NAME/hosts if that exists. */
export function addressesInFile(netns: OpenNamespace, name: string): string[] {
  const text = ownFile(netns, 'hosts') ?? readIfThere('/etc/hosts') ?? '';
  const wanted = name.toLowerCase();
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return names.includes(wanted) ? [address] : [];
  });
}

function ownFile({ name }: OpenNamespace, file: string): string | undefined {
  return name === undefined ? undefined : readIfThere(`/etc/netns/${name}/${file}`);
}
