import { rule } from './rule';

/** What users write rules with. */
export const firewall = { rule } as const;
