import { hostResolvers, type ResolvConf, readIfThere } from '../dns/resolv-conf';
import type { NetworkNamespace } from '../netns/namespace';

/** The resolvers of the networks that a namespace is on. */
const known = new WeakMap<NetworkNamespace, readonly string[]>();

/** A network's resolver serves a namespace from now on. */
export function useResolver(netns: NetworkNamespace, address: string): void {
  forgetResolver(netns, address);
  known.set(netns, [...(known.get(netns) ?? []), address]);
}

export function forgetResolver(netns: NetworkNamespace, address: string): void {
  const left = known.get(netns)?.filter((one) => one !== address) ?? [];
  known.set(netns, left);
}

/**
 * Whom to ask inside: the namespace's own /etc/netns/NAME/resolv.conf, or else the resolvers of its networks, or else those
 * of the machine, which is what a program inside would do.
 */
export function resolversOf(netns: NetworkNamespace): ResolvConf {
  const nameservers = known.get(netns) ?? [];
  const hasFile = ownFile(netns, 'resolv.conf') !== undefined;
  return hasFile || nameservers.length === 0 ? hostResolvers(netns.name) : { nameservers, search: [] };
}

/** The addresses that /etc/hosts, or /etc/netns/NAME/hosts in its place, gives to a name. */
export function addressesInFile(netns: NetworkNamespace, name: string): string[] {
  const text = ownFile(netns, 'hosts') ?? readIfThere('/etc/hosts') ?? '';
  const wanted = name.toLowerCase();
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return names.includes(wanted) ? [address] : [];
  });
}

function ownFile({ name }: NetworkNamespace, file: string): string | undefined {
  return name === undefined ? undefined : readIfThere(`/etc/netns/${name}/${file}`);
}
