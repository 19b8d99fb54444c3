import { nearest } from '../../base/suggest';
import { ValidationError } from '../../errors/errors';
import type { ElementsBody, FirewallRequest, SetBody } from '../nft/requests';
import { TABLE_FAMILIES, type TableFamily } from '../nft/request-shape';
import type { Expression } from '../nft/expressions';
import type { RuleExpression } from '../nft/rule-types';
import { comment, LONGEST_COMMENT } from '../nft/userdata';
import { ACTIONS, LAST_ACTIONS } from './actions/actions';
import { Compiler, type Statement } from './compile/compiler';
import { type RuleValue, Tokens, tokensOf } from './compile/lexer';
import { matchIn } from './matches/matches';
import type { Operand } from './matches/operand';
import { selectorIn, selects } from './matches/selectors';
import { operandIn, storeIn } from './matches/stores';

/** The place of a rule. */
export interface RulePlace {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  /** The kernel's number for the rule to replace. */
  readonly handle?: bigint;
  /** The rule after which to insert it, or before which if it is added to the head. */
  readonly position?: bigint;
}

/** A rule in nft's syntax, checked and ready for any table. Made by `firewall.rule`. */
export class Rule {
  readonly #statements: readonly Statement[];
  readonly #comment: string | undefined;

  /** @internal */
  constructor(statements: readonly Statement[], remark: string | undefined) {
    this.#statements = statements;
    this.#comment = remark;
  }

  /**
   * The expressions of the rule in a table of that family. Throws ValidationError if the family does not support the
   * rule, and for a rule with an anonymous set: such a set is created by {@link requests}.
   */
  expressions(family: TableFamily): RuleExpression[] {
    checkFamily(family);
    const { expressions, sets } = this.#compiled(family);
    if (sets.length === 0) return expressions as RuleExpression[];
    throw new ValidationError({
      path: 'rule',
      value: undefined,
      problem:
        'has an anonymous set, which is created by a separate request: pass the rule itself to firewall.transaction',
      operation: 'firewall.rule',
    });
  }

  /** The user data with the rule's comment; undefined without one. */
  get userdata(): Uint8Array | undefined {
    return this.#comment === undefined ? undefined : comment('nftRule', this.#comment);
  }

  /**
   * @internal The requests that create the rule and its sets. `firstId` and the following numbers must not be used by
   * other sets of the transaction.
   */
  requests(
    verb: 'add' | 'append' | 'replace',
    place: RulePlace,
    firstId: number,
    isInterval?: (set: string) => boolean,
  ): FirewallRequest[] {
    const { family, table } = place;
    const { expressions, sets } = this.#compiled(family, isInterval);
    const { userdata } = this;
    const made = sets.flatMap(({ id, elements, flags, fields, size, ...set }): FirewallRequest[] => {
      const named = { family, table, id: firstId + id };
      const concat = flags.includes('concat') && fields ? { concat: fields.map((len) => ({ len })) } : {};
      const body = {
        ...named,
        ...set,
        name: '__set%d',
        flags: ['anonymous', 'constant', ...flags],
        desc: { size, ...concat },
      };
      const inSet = { family, table, set: '__set%d', setId: firstId + id, elements };
      return [
        { family: 'nftSet', verb: 'add', body: body as SetBody },
        { family: 'nftSetElem', verb: 'add', body: inSet as ElementsBody },
      ];
    });
    const numbered = expressions.map((expression) => withSetId(expression, firstId));
    return [
      ...made,
      {
        family: 'nftRule',
        verb,
        body: { ...place, expressions: numbered, ...(userdata && { userdata }) },
      } as FirewallRequest,
    ];
  }

  /** @internal The named sets whose flags must be known to compile the rule. */
  orderedSets(family: TableFamily): ReadonlySet<string> {
    return this.#compiled(family).ordered;
  }

  #compiled(family: TableFamily, isInterval?: (set: string) => boolean): Compiler {
    const compiler = new Compiler(family, isInterval);
    for (const statement of this.#statements) statement(compiler);
    return compiler;
  }
}

function withSetId(expression: Expression, firstId: number): Expression {
  const id = expression.data?.['setId'];
  if (typeof id !== 'number') return expression;
  return { ...expression, data: { ...expression.data, set: '__set%d', setId: firstId + id } };
}

/**
 * A rule in nft's syntax: firewall.rule`ip saddr ${networks} tcp dport 443 accept`. Values are used literally, never
 * parsed as words: a number, an address, a name; an array is a set. Throws ValidationError with the column and the
 * expected syntax. docs/firewall.md has the grammar.
 */
export function rule(strings: readonly string[], ...values: readonly RuleValue[]): Rule {
  checkTemplate(strings);
  const tokens = new Tokens(tokensOf(strings, values));
  const statements: Statement[] = [];
  let remark: string | undefined;
  let last: string | undefined;
  while (!tokens.ended) {
    if (tokens.accept('comment')) {
      remark = commentIn(tokens);
      if (tokens.word() !== undefined) throw tokens.wrong('the end of the rule after a comment');
    } else {
      if (last !== undefined) throw tokens.wrong(`the end of the rule after '${last}'`);
      const word = tokens.word();
      statements.push(statementIn(tokens));
      if (word !== undefined && LAST_ACTIONS.has(word)) last = word;
    }
  }
  if (statements.length === 0) throw tokens.wrong('a match or an action');
  return new Rule(statements, remark);
}

function checkFamily(family: unknown): void {
  if ((TABLE_FAMILIES as readonly unknown[]).includes(family)) return;
  const problem = `must be one of ${TABLE_FAMILIES.join(', ')}`;
  throw new ValidationError({ path: 'family', value: family, problem, operation: 'firewall.rule' });
}

function checkTemplate(strings: unknown): void {
  if (Array.isArray(strings) && strings.length > 0 && strings.every((one) => typeof one === 'string')) return;
  const problem = 'must be a template: firewall.rule`tcp dport 22 accept`, without parentheses';
  throw new ValidationError({ path: 'rule', value: strings, problem, operation: 'firewall.rule' });
}

function commentIn(tokens: Tokens): string {
  const text = tokens.name('a comment in quotation marks');
  if (Buffer.byteLength(text) > LONGEST_COMMENT || /["\0\n]/.test(text))
    throw tokens.wrong(`a comment of at most ${String(LONGEST_COMMENT)} bytes, without quotation marks`, 1);
  return text;
}

function statementIn(tokens: Tokens): Statement {
  const word = tokens.word();
  const action = word !== undefined && Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action) return action(tokens);
  if (!selects(tokens)) throw unknownWord(tokens);
  const operand: Operand = operandIn(tokens, selectorIn(tokens));
  return tokens.accept('set') ? storeIn(tokens, operand) : matchIn(tokens, operand);
}

const WORDS = [
  'tcp',
  'udp',
  'icmp',
  'icmpv6',
  'meta',
  'ct',
  'fib',
  'ether',
  'arp',
  'th',
  'iifname',
  'oifname',
  'mark',
  'sctp',
  'vlan',
  'comment',
  'ip',
  'ip6',
];

function unknownWord(tokens: Tokens): ValidationError {
  const near = nearest(tokens.word() ?? '', [...WORDS, ...Object.keys(ACTIONS)]);
  return tokens.wrong(
    near === undefined
      ? 'a match or an action'
      : `a match or an action (unknown word, did you mean ${near}?)`,
  );
}
