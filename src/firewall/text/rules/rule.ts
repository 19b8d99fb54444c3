import type { Expression } from '../../nft/expressions';
import { commentOf } from '../../nft/userdata';
import { actionText } from './actions';
import { loadedBy } from './loads';
import { matchText } from './matches';
import { RuleReader } from './reader';
import type { RuleContext } from './context';

export interface PrintedRule {
  readonly expressions?: readonly Expression[];
  readonly userdata?: Uint8Array;
}

/**
 * A rule in nft's words. What nft has no words for, and what this does not know, stands in brackets: `[ match ]`. Never
 * throws, whatever the expressions are.
 */
export function ruleText({ expressions = [], userdata }: PrintedRule, context: RuleContext): string {
  const reader = new RuleReader(expressions, context);
  for (let expression; (expression = reader.next());) {
    const text = matchText(expression, reader) ?? actionText(expression, reader);
    if (text !== undefined) {
      if (text !== '') reader.say(text);
      continue;
    }
    const loaded = loadedBy(expression, reader);
    const { dreg } = expression.data ?? {};
    if (loaded && dreg !== undefined && dreg !== 0) reader.load(dreg, loaded);
    else if (dreg !== undefined && dreg !== 0) reader.load(dreg, reader.unknown(expression));
    else reader.say(brackets(expression));
  }
  const comment = commentOf('nftRule', userdata);
  return [...reader.words, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(' ');
}

/** An expression that nft has no words for. */
export function brackets({ name, data = {} }: Expression): string {
  const known = typeof data['name'] === 'string' ? ` ${data['name']}` : '';
  return `[ ${name}${known} ]`;
}

/** Whether a rule's words are not all nft's. */
export function hasBrackets(text: string): boolean {
  return text.replace(/"[^"]*"/g, '').includes('[ ');
}
