import { hostFile, parseResolvConf, type ResolvConf, readIfThere, resolvConfText } from './resolv-conf';
import type { OpenNamespace } from '../nsfs/handle';

/** What a network tells those on it of its names. */
export interface NetworkNames {
  /** Where its resolver listens. */
  readonly address: string;
  /** The domains that short names are looked for in, as they are now. */
  readonly search: () => readonly string[];
}

/** The resolvers of the networks that a namespace is on, by its cookie: several objects may stand for one namespace. */
const known = new Map<bigint, readonly NetworkNames[]>();

/** A network's resolver serves a namespace from now on. */
export function useResolver({ cookie }: OpenNamespace, names: NetworkNames): void {
  const others = (known.get(cookie) ?? []).filter(({ address }) => address !== names.address);
  known.set(cookie, [...others, names]);
}

export function forgetResolver({ cookie }: OpenNamespace, address: string): void {
  const left = (known.get(cookie) ?? []).filter((one) => one.address !== address);
  if (left.length > 0) known.set(cookie, left);
  else known.delete(cookie);
}

/** Whether a namespace is on a network whose resolver serves it. */
export function isOnNetwork({ cookie }: OpenNamespace): boolean {
  return known.has(cookie);
}

/**
 * Whom to ask inside: the namespace's own /etc/netns/NAME/resolv.conf, or else the resolvers of its networks, or else those
 * of the machine, which is what a program inside would do.
 */
export function resolversOf(netns: OpenNamespace): ResolvConf {
  return parseResolvConf(resolvConfOf(netns) ?? hostFile(undefined) ?? '', process.env);
}

/** The resolv.conf that belongs to a namespace and not to the machine; undefined where there is none. */
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

/** The addresses that /etc/hosts, or /etc/netns/NAME/hosts in its place, gives to a name. */
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
