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
 * A rule in nft's syntax. Unknown parts, and those without syntax in nft, are in brackets: `[ match ]`. Never throws,
 * whatever the expressions are.
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

/** An expression for which nft has no syntax. */
export function brackets({ name, data = {} }: Expression): string {
  const known = typeof data['name'] === 'string' ? ` ${data['name']}` : '';
  return `[ ${name}${known} ]`;
}

/** Whether a rule's text is not entirely nft's syntax. */
export function hasBrackets(text: string): boolean {
  return text.replace(/"[^"]*"/g, '').includes('[ ');
}
