import { livingHolder } from './journal';
import { isAlive, type Owner } from './owner';
import { asideOf, hasRecord } from './records';

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

function stands(host: string, network: string): boolean {
  return (
    hasRecord(host, network) || asideOf(host, network).length > 0 || livingHolder(host, network) !== undefined
  );
}
