import type { Tokens } from './lexer';

export interface Verdict extends Readonly<Record<string, unknown>> {
  readonly code: string;
  readonly chain?: string;
}

export const VERDICTS = ['accept', 'drop', 'continue', 'return', 'jump', 'goto'] as const;

/** The verdict on a packet. */
export function verdictIn(tokens: Tokens): Verdict {
  const code = tokens.oneOf(VERDICTS);
  if (code === undefined) throw tokens.wrong(VERDICTS.join(', '));
  return code === 'jump' || code === 'goto' ? { code, chain: tokens.name('the name of a chain') } : { code };
}
