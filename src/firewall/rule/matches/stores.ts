import { bytesFrom } from '../../text/values/values';
import type { Statement } from '../compile/compiler';
import { refusal, type Tokens } from '../compile/lexer';
import { loadKey } from './keys';
import { flagsIn } from './matches';
import type { Operand } from './operand';
import { type Selector, selectorIn, selects } from './selectors';
import { orderOf } from '../compile/sets';
import { rangeIn, shown } from '../compile/values';

/** A selector followed by `and`, `or` and `xor`: together (value & mask) ^ xor. */
export function operandIn(tokens: Tokens, selector: Selector): Operand {
  const all = (1n << BigInt(selector.bits)) - 1n;
  let [mask, xor] = [all, 0n];
  let isChanged = false;
  for (let op; (op = tokens.oneOf(['&', 'and', '|', 'or', '^', 'xor']));) {
    const number = maskIn(tokens, selector);
    isChanged = true;
    if (op === '&' || op === 'and') [mask, xor] = [mask & number, xor & number];
    else if (op === '^' || op === 'xor') xor ^= number;
    else [mask, xor] = [mask & ~number & all, (xor & ~number) | number];
  }
  return isChanged ? { selector, mask, xor } : { selector };
}

function maskIn(tokens: Tokens, { type, bits }: Selector): bigint {
  if (type.style === 'bits') return flagsIn(tokens, type, bits).number;
  const token = tokens.take();
  const { from, to } = rangeIn(token, type, bits);
  if (from !== to) throw refusal(token.column, shown(token), 'a mask');
  return from;
}

/** Selectors that nft sets to a named object of the table. */
const OBJECTS: Readonly<Record<string, string>> = { 'ct helper': 'ctHelper', 'meta secmark': 'secmark' };

/** `meta mark set 5`, `ct mark set meta mark and 0xff`. */
export function storeIn(tokens: Tokens, { selector, mask }: Operand): Statement {
  const { store } = selector;
  if (store === undefined || mask !== undefined)
    throw tokens.wrong('an operator or a value (this field cannot be set)', 1);
  const object = OBJECTS[selector.text];
  if (object !== undefined) {
    if (selects(tokens)) throw tokens.wrong(`the name of a ${object}`);
    const name = tokens.name(`the name of a ${object}`);
    return (compiler) => {
      compiler.add('objref', { type: object, name });
    };
  }
  if (selects(tokens)) {
    const source = operandIn(tokens, selectorIn(tokens));
    if (source.selector.isNoSource) throw tokens.wrong('a value that can be stored', 1);
    if (source.selector.size !== selector.size)
      throw tokens.wrong(`a value of ${String(selector.size)} bytes`, 1);
    const { type } = source.selector;
    if (type.name !== 'integer' && type.name !== selector.type.name)
      throw tokens.wrong(`a value of the type ${selector.type.name}, not ${type.name}`, 1);
    return (compiler) => {
      loadKey(compiler, [source]);
      store(compiler, 1);
    };
  }
  const number =
    selector.type.style === 'bits'
      ? flagsIn(tokens, selector.type, selector.bits).number
      : single(tokens, selector);
  return (compiler) => {
    compiler.immediate(1, bytesFrom(number, selector.size, orderOf(selector, false)));
    store(compiler, 1);
  };
}

function single(tokens: Tokens, { type, bits }: Selector): bigint {
  const token = tokens.take();
  const { from, to } = rangeIn(token, type, bits);
  if (from !== to) throw refusal(token.column, shown(token), 'a single value');
  return from;
}
