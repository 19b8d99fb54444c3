import { ValidationError } from '../../../errors/errors';

/** A value for `${…}` in a rule: used literally, never parsed as words of the language. */
export type RuleValue = string | number | bigint | readonly (RuleValue | readonly RuleValue[])[];

/** Text without spaces, with embedded values: `10.0.0.1-10.0.0.9`, `:${port}`. */
export interface Token {
  /** Words and punctuation as text; values unchanged. */
  readonly parts: readonly (string | { readonly value: RuleValue })[];
  /** In quotation marks, and so not a word of the language. */
  readonly quoted: boolean;
  /** Starts at 1, in the text with each value written as `${}`. */
  readonly column: number;
}

const PUNCTUATION = /^(?:==|!=|<=|>=|<<|>>|[{}(),&|^!<>=])/;

/** Splits a template into tokens. */
export function tokensOf(strings: readonly string[], values: readonly RuleValue[]): Token[] {
  const tokens: Token[] = [];
  let column = 1;
  let joined = false;
  const add = (part: Token['parts'][number], quoted: boolean): void => {
    const last = tokens.at(-1);
    if (joined && last && !last.quoted && !quoted)
      tokens[tokens.length - 1] = { ...last, parts: [...last.parts, part] };
    else tokens.push({ parts: [part], quoted, column });
  };
  strings.forEach((text, index) => {
    let rest = text;
    while (rest !== '') {
      const space = /^\s+/.exec(rest)?.[0];
      const mark = space === undefined ? PUNCTUATION.exec(rest)?.[0] : undefined;
      const quoted = /^"([^"]*)"/.exec(rest);
      const word = space ?? mark ?? quoted?.[0] ?? /^[^\s{}(),&|^!<>="]+/.exec(rest)?.[0];
      if (word === undefined) throw refusal(column, rest, 'a closing quotation mark');
      if (mark !== undefined) tokens.push({ parts: [mark], quoted: false, column });
      else if (quoted) add(quoted[1] ?? '', true);
      else if (space === undefined) add(word, false);
      joined = space === undefined && mark === undefined && !quoted;
      column += word.length;
      rest = rest.slice(word.length);
    }
    if (index < values.length) {
      add({ value: values[index] as RuleValue }, false);
      joined = true;
      column += 3;
    }
  });
  return tokens;
}

/** The error for a rule that cannot be parsed: the position, and what is expected there. */
export function refusal(column: number, found: string | undefined, expected: string): ValidationError {
  const what = found === undefined ? 'the end of the rule' : `'${found}'`;
  return new ValidationError({
    path: 'rule',
    value: undefined,
    problem: `column ${String(column)}: expected ${expected}, found ${what}`,
    operation: 'firewall.rule',
  });
}

/** A whole number in decimal digits. nft reads a leading zero as octal. */
export const DECIMAL = /^(?:0|[1-9]\d*)$/;
/** The same, or a hexadecimal number. */
export const NUMBER = /^(?:0|[1-9]\d*|0x[\da-f]+)$/i;

/**
 * A number, or text of this form, as a whole number; undefined for anything else. Number() would also convert null,
 * true, an empty string and an array.
 */
export function wholeNumber(value: unknown, form: RegExp): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && form.test(value) ? BigInt(value) : undefined;
}

/** Reads tokens one after another. */
export class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length;
  }

  get mark(): number {
    return this.#at;
  }

  back(mark: number): void {
    this.#at = mark;
  }

  /** The next word, if unquoted and without a value in it. */
  word(ahead = 0): string | undefined {
    const token = this.#tokens[this.#at + ahead];
    const [part] = token?.parts ?? [];
    return token && !token.quoted && token.parts.length === 1 && typeof part === 'string' ? part : undefined;
  }

  /** The text at the start of the next token, if it starts with text and is not quoted. */
  next(): string | undefined {
    const token = this.#tokens[this.#at];
    const [part] = token?.parts ?? [];
    return token && !token.quoted && typeof part === 'string' ? part : undefined;
  }

  /** The value of the next token, if the token is a value. */
  value(): RuleValue | undefined {
    const parts = this.#tokens[this.#at]?.parts ?? [];
    const [part] = parts;
    return parts.length === 1 && typeof part === 'object' ? part.value : undefined;
  }

  take(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.wrong('a value');
    return token;
  }

  /** Consumes these words if they come next. */
  accept(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.word(index) === word)) return false;
    this.#at += words.length;
    return true;
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.wrong(`'${word}'`);
  }

  /** Consumes the next word if it is one of these. */
  oneOf<W extends string>(words: readonly W[]): W | undefined {
    const word = this.word();
    const found = words.find((one) => one === word);
    if (found !== undefined) this.#at++;
    return found;
  }

  /** A whole number, as text or value. */
  number(least = 0, most = 0xffffffff): number {
    const [part] = this.#tokens[this.#at]?.parts ?? [];
    const value = typeof part === 'object' ? part.value : part;
    const number = wholeNumber(value, NUMBER);
    if (
      this.#tokens[this.#at]?.parts.length !== 1 ||
      number === undefined ||
      number < BigInt(least) ||
      number > BigInt(most)
    )
      throw this.wrong(`a number from ${String(least)} to ${String(most)}`);
    this.#at++;
    return Number(number);
  }

  /** A name, as text or value, unchanged. */
  name(what: string): string {
    const token = this.#tokens[this.#at];
    const [part] = token?.parts ?? [];
    const value = typeof part === 'object' ? part.value : part;
    if (token?.parts.length !== 1 || typeof value !== 'string' || value === '') throw this.wrong(what);
    this.#at++;
    return value;
  }

  wrong(expected: string, back = 0): ValidationError {
    const token = this.#tokens[this.#at - back];
    const last = this.#tokens.at(-1);
    const column = token?.column ?? (last ? last.column + textOf(last).length : 1);
    return refusal(column, token && textOf(token), expected);
  }
}

/** A token for an error message. */
export function textOf({ parts }: Token): string {
  return parts.map((part) => (typeof part === 'string' ? part : '${}')).join('');
}
