import type { Statement } from '../compile/compiler';
import type { Tokens } from '../compile/lexer';

/** A statement that is one expression, whatever the table's family. */
export function simple(name: string, data: Readonly<Record<string, unknown>>): Statement {
  return (compiler) => {
    compiler.add(name, data);
  };
}

/** A reference to a stateful object by its name. */
export function named(type: string, tokens: Tokens): Statement {
  return simple('objref', { type, name: tokens.name(`the name of a ${type}`) });
}
