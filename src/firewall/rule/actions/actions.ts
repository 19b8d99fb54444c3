import type { Statement } from '../compile/compiler';
import type { Tokens } from '../compile/lexer';
import { limit, quota } from './limit';
import { log } from './log';
import { masquerade, nat, redirect } from './nat';
import { reject } from './reject';
import { named, simple } from './statements';
import { VERDICTS, verdictIn } from '../compile/verdicts';

/** nft allows nothing after these: a later statement would never be reached. */
export const LAST_ACTIONS: ReadonlySet<string> = new Set([
  'accept',
  'drop',
  'return',
  'jump',
  'goto',
  'reject',
  'masquerade',
  'redirect',
  'snat',
  'dnat',
]);

type Action = (tokens: Tokens) => Statement;

/** An action, by its first word. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  ...Object.fromEntries(VERDICTS.map((word) => [word, verdictAction])),
  counter: (tokens) => {
    tokens.expect('counter');
    if (tokens.accept('name')) return named('counter', tokens);
    const packets = tokens.accept('packets') ? tokens.number(0, Number.MAX_SAFE_INTEGER) : 0;
    const bytes = tokens.accept('bytes') ? tokens.number(0, Number.MAX_SAFE_INTEGER) : 0;
    return simple('counter', { packets: BigInt(packets), bytes: BigInt(bytes) });
  },
  limit,
  quota,
  log,
  reject,
  notrack: (tokens) => {
    tokens.expect('notrack');
    return simple('notrack', {});
  },
  masquerade,
  redirect,
  snat: nat,
  dnat: nat,
};

function verdictAction(tokens: Tokens): Statement {
  const verdict = verdictIn(tokens);
  return simple('immediate', { dreg: 0, data: { verdict } });
}
