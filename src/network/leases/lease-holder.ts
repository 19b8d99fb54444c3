import { livingHolder } from '../journal/intents';
import { isAlive, type Owner } from '../journal/owner';
import { asideOf, hasRecord } from '../journal/records';

/** A network that needs something of its host which outlives processes. */
export interface Holder {
  readonly network: string;
  /** The process that the network lives with; absent for persistent ones: see {@link isHolding}. */
  readonly owner?: Owner;
}

/**
 * Whether a holder on the host of that cookie is still there. A persistent network is while it has a record, if only one that
 * could not be read and was set aside, or a living process has it.
 */
export function isHolding(host: string): (holder: Holder) => boolean {
  return ({ network, owner }) => (owner ? isAlive(owner) : stands(host, network));
}

/** Whether a holder is a network of that name. */
export function isNamed(network: string | undefined): (holder: Holder) => boolean {
  return (holder) => holder.network === network;
}

/**
 * Whether a holder is the network of that name that persists, or that lives with a process. Of two that were asked for at the same time
 * one is refused, and must take nothing of the other's along.
 */
export function isThat(
  network: string | undefined,
  lifetime: 'process' | 'persistent',
): (holder: Holder) => boolean {
  return (holder) => isNamed(network)(holder) && (holder.owner !== undefined) === (lifetime === 'process');
}

function stands(host: string, network: string): boolean {
  return (
    hasRecord(host, network) || asideOf(host, network).length > 0 || livingHolder(host, network) !== undefined
  );
}
