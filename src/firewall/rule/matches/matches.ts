import type { DataType } from '../../text/values/types';
import { bytesFrom } from '../../text/values/values';
import type { Compiler, Statement } from '../compile/compiler';
import { refusal, type RuleValue, type Tokens } from '../compile/lexer';
import { isHostOrder, keyPart, load, loadKey, turn } from './keys';
import { selectorIn } from './selectors';
import { orderOf, setOf, VERDICT } from '../compile/sets';
import { type Range, rangeIn, rangeOf, shown, wordsFor } from '../compile/values';
import { elementsIn, setName } from './elements';
import { isBits, type Operand } from './operand';

const OPERATORS = {
  '==': 'eq',
  '!=': 'neq',
  '<': 'lt',
  '>': 'gt',
  '<=': 'lte',
  '>=': 'gte',
  eq: 'eq',
  ne: 'neq',
  lt: 'lt',
  gt: 'gt',
  le: 'lte',
  ge: 'gte',
} as const;
type Operator = (typeof OPERATORS)[keyof typeof OPERATORS];

/** A match: fields, an operator and the right-hand side. */
export function matchIn(tokens: Tokens, first: Operand): Statement {
  const key = [first];
  while (tokens.accept('.')) key.push({ selector: selectorIn(tokens) });
  if (tokens.accept('vmap')) return lookupIn(tokens, key, { isMap: true });
  const written = tokens.oneOf(Object.keys(OPERATORS) as (keyof typeof OPERATORS)[]);
  const op = written === undefined ? undefined : OPERATORS[written];
  if (isSet(tokens)) {
    if (op !== undefined && op !== 'eq' && op !== 'neq') throw tokens.wrong("'==' or '!=' before a set", 1);
    return lookupIn(tokens, key, { inverted: op === 'neq' });
  }
  if (key.length > 1) throw tokens.wrong('a set');
  if (isBits(first.selector.type)) return bitsIn(tokens, first, op);
  const token = tokens.take();
  const { selector } = first;
  const range = rangeIn(token, selector.type, selector.bits);
  if (range.from !== range.to && op !== undefined && op !== 'eq' && op !== 'neq')
    throw refusal(token.column, shown(token), 'a single value');
  if (range.from !== range.to && first.mask !== undefined)
    throw refusal(
      token.column,
      shown(token),
      'a single value after a mask (for a network or a range leave out the mask)',
    );
  return (compiler) => {
    compare(compiler, first, op ?? 'eq', range);
  };
}

function isSet(tokens: Tokens): boolean {
  return tokens.word() === '{' || tokens.next()?.startsWith('@') === true || Array.isArray(tokens.value());
}

function compare(compiler: Compiler, operand: Operand, op: Operator, range: Range): void {
  const { selector } = operand;
  const { size, shift, field } = selector;
  const { from, to, prefix, wildcard } = range;
  const isWhole = selector.bits === size * 8 && operand.mask === undefined;
  selector.prepare(compiler);
  if (op === 'eq' && from === to) {
    if (compiler.isGiven(selector.text, Number(from))) return;
    compiler.look(selector.text);
    if (field && isWhole) compiler.compareField(field, bytesFrom(from, size, orderOf(selector, false)));
    else {
      load(compiler, operand, 1);
      compiler.compare('eq', bytesFrom(from << BigInt(shift), size, orderOf(selector, false)));
    }
    if (operand.mask === undefined) compiler.learn(selector.text, Number(from));
    return;
  }
  if (wildcard !== undefined) {
    selector.load(compiler, 1);
    compiler.compare(op, bytesFrom(from, size, 'net').subarray(0, wildcard));
    return;
  }
  if (prefix !== undefined && from !== to) {
    comparePrefix(compiler, operand, op, from, prefix);
    return;
  }
  const isOrdered = from !== to || (op !== 'eq' && op !== 'neq');
  load(compiler, operand, 1);
  if (isOrdered) turn(compiler, selector, 1);
  const bytes = (number: bigint): Uint8Array =>
    bytesFrom(number << BigInt(shift), size, orderOf(selector, isOrdered));
  if (from === to) compiler.compare(op, bytes(from));
  else if (op === 'neq')
    compiler.add('range', { sreg: 1, op: 'neq', from: { value: bytes(from) }, to: { value: bytes(to) } });
  else {
    compiler.compare('gte', bytes(from));
    compiler.compare('lte', bytes(to));
  }
}

/** A prefix of whole bytes is compared by these bytes only. */
function comparePrefix(
  compiler: Compiler,
  { selector }: Operand,
  op: Operator,
  from: bigint,
  prefix: number,
): void {
  const { field, size } = selector;
  const bytes = bytesFrom(from, size, 'net');
  if (prefix % 8 === 0 && prefix > 0) {
    if (field) compiler.payload(field.base, compiler.offsetOf(field), prefix / 8, 1);
    else selector.load(compiler, 1);
    compiler.compare(op, bytes.subarray(0, prefix / 8));
    return;
  }
  selector.load(compiler, 1);
  const all = (1n << BigInt(size * 8)) - 1n;
  const mask = bytesFrom(all ^ ((1n << BigInt(size * 8 - prefix)) - 1n), size, 'net');
  compiler.add('bitwise', {
    sreg: 1,
    dreg: 1,
    len: size,
    mask: { value: mask },
    xor: { value: new Uint8Array(size) },
  });
  compiler.compare(op, bytes);
}

/** `ct state new,established`, `tcp flags syn / syn,ack`, `tcp flags & (fin | syn) == syn`. */
function bitsIn(tokens: Tokens, operand: Operand, op: Operator | undefined): Statement {
  const { selector } = operand;
  const isNone = op === undefined && tokens.accept('!');
  const { number } = flagsIn(tokens, selector.type, selector.bits);
  const mask =
    op === undefined && tokens.accept('/') ? flagsIn(tokens, selector.type, selector.bits).number : undefined;
  const bytes = (value: bigint): Uint8Array => bytesFrom(value, selector.size, selector.type.order);
  return (compiler) => {
    selector.prepare(compiler);
    if (mask !== undefined || operand.mask !== undefined || op !== undefined) {
      load(compiler, mask === undefined ? operand : { selector, mask }, 1);
      compiler.compare(op ?? 'eq', bytes(number));
      return;
    }
    // Without an operator: at least one of the bits is set.
    load(compiler, { selector, mask: number }, 1);
    compiler.compare(isNone ? 'eq' : 'neq', bytes(0n));
  };
}

/** Flags by name, separated by commas or bars. */
export function flagsIn(tokens: Tokens, type: DataType, bits: number): { number: bigint } {
  const given = tokens.value();
  if (Array.isArray(given)) {
    const { column } = tokens.take();
    if (given.length === 0) throw refusal(column, '[]', 'a non-empty array');
    // Spread: map() would skip the holes of an array.
    const numbers = [...(given as RuleValue[])].map((one) => rangeOf(one, type, bits, column).from);
    return { number: numbers.reduce((sum, one) => sum | one, 0n) };
  }
  const inBrackets = tokens.accept('(');
  let number = 0n;
  do {
    const token = tokens.take();
    const { from, to } = rangeIn(token, type, bits);
    if (from !== to) throw refusal(token.column, shown(token), wordsFor(type));
    number |= from;
  } while (tokens.accept(',') || tokens.accept('|'));
  if (inBrackets) tokens.expect(')');
  return { number };
}

interface Lookup {
  readonly inverted?: boolean;
  readonly isMap?: boolean;
}

/** A named set, a literal one, or an array. */
function lookupIn(
  tokens: Tokens,
  key: readonly Operand[],
  { inverted = false, isMap = false }: Lookup,
): Statement {
  const flags = inverted ? { flags: ['inv'] } : {};
  const more = isMap ? { dreg: 0 } : flags;
  if (tokens.next()?.startsWith('@') === true) {
    const set = setName(tokens);
    return (compiler) => {
      const isOrdered = key.some(({ selector }) => isHostOrder(selector)) && compiler.isInterval(set);
      loadKey(compiler, key, { isOrdered });
      compiler.add('lookup', { set, sreg: 1, ...more });
    };
  }
  const written = elementsIn(tokens, key, isMap);
  const selectors = key.map(({ selector }) => selector);
  const unknown = key.length > 1 ? selectors.find(({ typeofData }) => typeofData === undefined) : undefined;
  // nft compares a single bit field in place, unless it has a mask.
  const isInPlace = key.length === 1 && key[0]?.mask === undefined;
  const parts = isInPlace ? selectors : selectors.map(keyPart);
  return (compiler) => {
    if (unknown) compiler.refuse(`has ${unknown.text} in a concatenation, which nft does not support`);
    const isInterval = written.some((one) => one.key?.some(({ from, to }) => from !== to) === true);
    loadKey(compiler, key, { isOrdered: isInterval, isInPlace });
    const data = isMap ? ({ type: VERDICT, len: 16, order: 'net' } as const) : undefined;
    compiler.sets.push(setOf(compiler.lookup(more), parts, written, data));
    const [only] = written;
    if (!isMap && !inverted && key.length === 1) compiler.find(selectors[0]?.text ?? '');
    if (!isMap && !inverted && key.length === 1 && written.length === 1 && only?.key) {
      const [range] = only.key;
      if (range && range.from === range.to) compiler.learn(selectors[0]?.text ?? '', Number(range.from));
    }
  };
}
