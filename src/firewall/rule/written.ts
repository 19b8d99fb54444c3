import { rule } from './rule';

/** The functions for writing rules. */
export const firewall = { rule } as const;
