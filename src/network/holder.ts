import { isAlive, type Owner } from './owner';
import { hasRecord } from './records';

/** A network that needs something of its host which outlives processes. */
export interface Holder {
  readonly network: string;
  /** The process that the network lives with; absent for persistent ones, whose record counts. */
  readonly owner?: Owner;
}

/** Whether a holder on the host of that cookie is still there. */
export function isHolding(host: string): (holder: Holder) => boolean {
  return ({ network, owner }) => (owner ? isAlive(owner) : hasRecord(host, network));
}
