import { SIZES } from '../../text/values/stateful';
import type { Statement } from '../compile/compiler';
import { DECIMAL, refusal, type Token, type Tokens, wholeNumber } from '../compile/lexer';
import { named, simple } from './statements';
import { shown, split } from '../compile/values';

const UNITS = { second: 1n, minute: 60n, hour: 3600n, day: 86_400n, week: 604_800n } as const;
const SIZE_WORDS = SIZES.map(([word]) => word);

function sizeIn(tokens: Tokens): bigint | undefined {
  const word = tokens.oneOf(SIZE_WORDS);
  return SIZES.find(([name]) => name === word)?.[1];
}

/** `limit rate over 5 mbytes/second burst 10 packets`. */
export function limit(tokens: Tokens): Statement {
  tokens.expect('limit');
  if (tokens.accept('name')) return named('limit', tokens);
  tokens.expect('rate');
  const flags = tokens.oneOf(['over', 'until']) === 'over' ? ['inv'] : [];
  const { rate, size, unit } = rateIn(tokens);
  let burst = size === undefined ? 5n : 0n;
  if (tokens.accept('burst')) {
    burst = BigInt(tokens.number(size === undefined ? 1 : 0));
    const factor = size === undefined ? (tokens.accept('packets') ? 1n : undefined) : sizeIn(tokens);
    if (factor === undefined) throw tokens.wrong(size === undefined ? "'packets'" : SIZE_WORDS.join(', '));
    burst *= factor;
  }
  const type = size === undefined ? 'packets' : 'bytes';
  return simple('limit', { rate, unit, burst: Number(burst), type, flags });
}

/** `quota over 5 mbytes`. */
export function quota(tokens: Tokens): Statement {
  tokens.expect('quota');
  if (tokens.accept('name')) return named('quota', tokens);
  const over = tokens.oneOf(['over', 'until']) === 'over';
  const bytes = BigInt(tokens.number(1, Number.MAX_SAFE_INTEGER)) * (sizeIn(tokens) ?? 1n);
  return simple('quota', { bytes, flags: over ? ['inv'] : [], consumed: 0n });
}

// A rate is a number per unit of time, `5/second`, or a number of bytes, `5 mbytes/second`.
function rateIn(tokens: Tokens): { rate: bigint; size: bigint | undefined; unit: bigint } {
  const token = tokens.take();
  const parts = split(token.parts, '/');
  if (parts) return { rate: numberOf(parts[0], token), size: undefined, unit: unitOf(parts[1], token) };
  const second = tokens.take();
  const [sizes, times] = split(second.parts, '/') ?? [];
  const size = SIZES.find(([word]) => sizes?.length === 1 && sizes[0] === word)?.[1];
  if (size === undefined || times === undefined)
    throw refusal(second.column, shown(second), 'a unit such as mbytes/second');
  return { rate: numberOf(token.parts, token) * size, size, unit: unitOf(times, second) };
}

function numberOf(parts: Token['parts'], token: Token): bigint {
  const [part] = parts;
  const value = typeof part === 'object' ? part.value : part;
  const number = wholeNumber(value, DECIMAL);
  if (parts.length !== 1 || number === undefined || number < 1n || number > BigInt(Number.MAX_SAFE_INTEGER))
    throw refusal(token.column, shown(token), 'a rate such as 5/second');
  return number;
}

function unitOf(parts: Token['parts'], token: Token): bigint {
  const [word] = parts;
  if (parts.length === 1 && typeof word === 'string' && Object.hasOwn(UNITS, word))
    return UNITS[word as keyof typeof UNITS];
  throw refusal(token.column, shown(token), `a rate per ${Object.keys(UNITS).join(', ')}`);
}
