import { bytesFrom } from '../../text/values/values';
import { type Compiler, registerAt } from '../compile/compiler';
import type { KeyPart } from '../compile/sets';
import type { Operand } from './operand';
import type { Selector } from './selectors';

interface KeyUse {
  /** Numbers are compared bytewise. */
  readonly isOrdered?: boolean;
  /** Bit fields stay where they are in the surrounding bytes. */
  readonly isInPlace?: boolean;
}

/** Loads the parts of a key into adjacent registers. */
export function loadKey(
  compiler: Compiler,
  key: readonly Operand[],
  { isOrdered = false, isInPlace = false }: KeyUse = {},
): void {
  for (const { selector } of key) selector.prepare(compiler);
  let slot = 0;
  for (const operand of key) {
    const register = registerAt(slot);
    if (isInPlace) load(compiler, operand, register);
    else loadPart(compiler, operand, register);
    if (isOrdered) turn(compiler, operand.selector, register);
    slot += Math.ceil(operand.selector.size / 4);
  }
}

export function load(compiler: Compiler, { selector, mask, xor = 0n }: Operand, register: number): void {
  compiler.look(selector.text);
  const { size, bits, shift, type } = selector;
  selector.load(compiler, register);
  const all = (1n << BigInt(bits)) - 1n;
  if (mask === undefined && bits === size * 8) return;
  const order = type.style === 'text' ? 'net' : type.order;
  const whole = (number: bigint): { value: Uint8Array } => ({
    value: bytesFrom(number << BigInt(shift), size, order),
  });
  compiler.add('bitwise', {
    sreg: register,
    dreg: register,
    len: size,
    mask: whole(mask ?? all),
    xor: whole(xor),
  });
}

/** The part of a key that a bit field is: its value alone, without the surrounding bits. */
export function keyPart(selector: Selector): KeyPart {
  return { ...selector, size: keySize(selector), shift: 0 };
}

function keySize({ size, bits, shift }: Selector): number {
  return shift === 0 ? size : Math.ceil(bits / 8);
}

/** The kernel shifts numbers in the host's order; nft shifts longer fields without a conversion, and finds nothing. */
function loadPart(compiler: Compiler, operand: Operand, register: number): void {
  const { selector, mask, xor = 0n } = operand;
  const { size, shift } = selector;
  if (shift === 0) {
    load(compiler, operand, register);
    return;
  }
  const same = { sreg: register, dreg: register, len: size };
  const bytes = (number: bigint, length = size): { value: Uint8Array } => ({
    value: bytesFrom(number, length, 'host'),
  });
  load(compiler, { selector }, register);
  if (size > 1) compiler.add('byteorder', { ...same, op: 'ntoh', size });
  compiler.add('bitwise', { ...same, op: 'rshift', data: bytes(BigInt(shift), 4) });
  if (mask !== undefined) compiler.add('bitwise', { ...same, mask: bytes(mask), xor: bytes(xor) });
  if (keySize(selector) > 1) compiler.add('byteorder', { ...same, op: 'hton', size });
}

export function isHostOrder({ type, size }: Selector): boolean {
  return type.order !== 'net' && type.style !== 'text' && size > 1;
}

// The kernel compares bytewise, so host-order numbers are converted.
export function turn(compiler: Compiler, selector: Selector, register: number): void {
  if (!isHostOrder(selector)) return;
  const { size } = selector;
  compiler.add('byteorder', {
    sreg: register,
    dreg: register,
    op: 'hton',
    len: size,
    size: size === 8 ? 8 : size,
  });
}
