import type { DataType } from '../../text/values/types';
import { refusal, type RuleValue, type Tokens } from '../compile/lexer';
import { isBits, type Operand } from './operand';
import type { WrittenElement } from '../compile/sets';
import { type Range, rangeIn, rangeOf, shown } from '../compile/values';
import { verdictIn } from '../compile/verdicts';

/** `@name`. */
export function setName(tokens: Tokens): string {
  const token = tokens.take();
  const [mark, value] = token.parts;
  const given = typeof value === 'object' ? value.value : undefined;
  const name =
    token.parts.length === 1 && typeof mark === 'string'
      ? mark.slice(1)
      : mark === '@' && token.parts.length === 2
        ? given
        : undefined;
  if (typeof name !== 'string' || name === '')
    throw refusal(token.column, shown(token), "the name of a set after '@'");
  return name;
}

/** Elements in braces, or an array of values: keys of several parts are nested arrays. */
export function elementsIn(
  tokens: Tokens,
  key: readonly Operand[],
  isMap: boolean,
  data?: (tokens: Tokens) => WrittenElement['data'],
): WrittenElement[] {
  const given = tokens.value();
  if (Array.isArray(given) && !isMap) {
    const { column } = tokens.take();
    if (given.length === 0) throw refusal(column, '[]', 'a non-empty array');
    // Spread: map() would skip the holes of an array.
    return [...(given as RuleValue[])].map((one) => ({ key: givenKey(one, key, column) }));
  }
  tokens.expect('{');
  const elements: WrittenElement[] = [];
  while (!tokens.accept('}')) {
    if (elements.length > 0) tokens.expect(',');
    if (tokens.accept('}')) break;
    const isRest = isMap && tokens.accept('*');
    const written = isRest ? {} : { key: keyIn(tokens, key) };
    if (!isMap) elements.push(written);
    else {
      tokens.expect(':');
      elements.push({ ...written, data: data ? data(tokens) : { verdict: verdictIn(tokens) } });
    }
  }
  if (elements.length === 0) throw tokens.wrong('an element', 1);
  return elements;
}

function keyIn(tokens: Tokens, key: readonly Operand[]): Range[] {
  return key.map(({ selector: { type, bits } }, index) => {
    if (index > 0) tokens.expect('.');
    if (isBits(type)) {
      const { number } = barsIn(tokens, type, bits);
      return { from: number, to: number };
    }
    return rangeIn(tokens.take(), type, bits);
  });
}

// In a set, a comma separates elements.
function barsIn(tokens: Tokens, type: DataType, bits: number): { number: bigint } {
  let number = 0n;
  do number |= rangeIn(tokens.take(), type, bits).from;
  while (tokens.accept('|'));
  return { number };
}

function givenKey(value: RuleValue, key: readonly Operand[], column: number): Range[] {
  const parts = key.length === 1 ? [value] : Array.isArray(value) ? (value as RuleValue[]) : [];
  if (parts.length !== key.length)
    throw refusal(
      column,
      shown({ parts: [{ value }], quoted: false, column }),
      `an array of ${String(key.length)} values for each key`,
    );
  return key.map(({ selector: { type, bits } }, index) =>
    rangeOf(parts[index] as RuleValue, type, bits, column),
  );
}
