import type { Body } from '../types/common/body';

/** Prints the words of a request after `ip`, `bridge` or `tc`: 'link add veth0 type veth'. */
export type RequestPrinter = (
  verb: string,
  body: Body,
  nameOf: NameOf,
) => { tool: 'ip' | 'bridge' | 'ethtool' | 'tc'; words: string[] };

/** The name that commands use for the namespace with a label. */
export type NameOf = (label: string) => string;
