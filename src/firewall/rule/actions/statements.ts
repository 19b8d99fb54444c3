import type { Statement } from '../compile/compiler';
import type { Tokens } from '../compile/lexer';

/** A statement of one expression, for tables of any family. */
export function simple(name: string, data: Readonly<Record<string, unknown>>): Statement {
  return (compiler) => {
    compiler.add(name, data);
  };
}

/** A reference to a stateful object by its name. */
export function named(type: string, tokens: Tokens): Statement {
  return simple('objref', { type, name: tokens.name(`the name of a ${type}`) });
}
