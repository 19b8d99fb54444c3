import type { Body } from '../types/common/body';

/** Prints the words behind `ip`, `bridge` or `tc` of a request: 'link add veth0 type veth'. */
export type RequestPrinter = (
  verb: string,
  body: Body,
  nameOf: NameOf,
) => { tool: 'ip' | 'bridge' | 'ethtool' | 'tc'; words: string[] };

/** The name by which commands know the namespace of a label. */
export type NameOf = (label: string) => string;
