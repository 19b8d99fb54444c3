import { livingHolder } from '../journal/intents';
import { currentOwner, isAlive, type Owner } from '../journal/liveness';
import { asideOf, hasRecord } from '../journal/records';
import type { Layout } from '../model/layout';
import { lifetimeOf } from '../model/lifetime';

/** A network that needs a resource of its host which outlives processes. */
export interface LeaseHolder {
  readonly network: string;
  /** The process that the network lives with; absent for persistent networks: see {@link holderExists}. */
  readonly owner?: Owner;
}

/** A network as the holder of its leases. */
export function holderOf(layout: Pick<Layout, 'name' | 'lifetime'>): LeaseHolder {
  return { network: layout.name, ...(lifetimeOf(layout).isOwned && { owner: currentOwner() }) };
}

/**
 * Whether a holder on the host of that cookie still exists. A persistent network exists while it has a record, even an
 * unreadable one that was set aside, or while a living process has it.
 */
export function holderExists(host: string): (holder: LeaseHolder) => boolean {
  return ({ network, owner }) => (owner ? isAlive(owner) : persistentExists(host, network));
}

/** Whether a holder is one of these networks. */
export function isOneOf(networks: ReadonlySet<string>): (holder: LeaseHolder) => boolean {
  return ({ network }) => networks.has(network);
}

/**
 * Whether a holder is one of these networks, with that lifetime. Of two concurrent creates one is refused, and must not
 * remove the other's leases.
 */
export function isOneWithLifetime(
  networks: ReadonlySet<string>,
  lifetime: 'process' | 'persistent',
): (holder: LeaseHolder) => boolean {
  return (holder) =>
    isOneOf(networks)(holder) && (holder.owner !== undefined) === lifetimeOf({ lifetime }).isOwned;
}

function persistentExists(host: string, network: string): boolean {
  return (
    hasRecord(host, network) || asideOf(host, network).length > 0 || livingHolder(host, network) !== undefined
  );
}
