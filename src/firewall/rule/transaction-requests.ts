import type { Making, Request, RulePlace } from '../nft/request-shape';
import type { FirewallRequest } from '../nft/requests';
import type { Rule } from './rule';

/** A rule made by `firewall.rule`; its anonymous sets are created with it. */
export interface WrittenRuleBody extends RulePlace {
  readonly rule: Rule;
}

/** A request whose rule is compiled when the transaction runs. */
export type WrittenRuleRequest =
  | Request<'nftRule', Making, WrittenRuleBody>
  | Request<'nftRule', 'replace', WrittenRuleBody & { readonly handle: bigint }>;

/** The requests that a transaction accepts. */
export type TransactionRequest = FirewallRequest | WrittenRuleRequest;
