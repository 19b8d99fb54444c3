import {
  addressOf,
  type Body,
  bytesIn,
  bytesOf,
  interfaceNameOf,
  isObject,
  objectOf,
  prefixOf,
  textOf,
  viaOf,
} from './contents';
import { eachItem, EncodeError, refuse, within } from '../schema/encode-error';
import { HeaderFamily } from './header-family';
import type { Patches } from './patches';
import { booleanOf, cannotBeWritten, integerOf } from './scalars';
import type { Target, TargetTable } from './targets';
import type { Writer } from './writer';

const SCALAR = 32;

/** A property whose attribute is nested in an attribute that has no key in the body. */
interface Inlined {
  readonly key: string;
  readonly target: Target;
  readonly value: unknown;
}

/** Encodes fixed headers and attributes by the tables. */
export class Encoder {
  #patches: Patches = { devices: [], namespaces: [] };
  readonly #family: HeaderFamily;

  constructor(readonly writer: Writer) {
    this.#family = new HeaderFamily(writer);
  }

  /** The patches of the last message. */
  get patches(): Patches {
    return this.#patches;
  }

  /** Writes a fixed header and attributes that are already encoded. */
  raw(bytes: Uint8Array): void {
    this.#patches = { devices: [], namespaces: [] };
    this.writer.raw(bytes);
  }

  message(table: TargetTable, addressFamily: number, body: Body): void {
    this.#patches = { devices: [], namespaces: [] };
    const header = this.writer.space(table.headerSize);
    this.#family.begin(header, table.familyOffset, addressFamily);
    this.#object(table, header, body);
  }

  /** {@link HeaderFamily.setDefault} of the last message. */
  defaultFamily(): void {
    this.#family.setDefault();
  }

  #object(table: TargetTable, header: number, body: Body): void {
    let inlined: Inlined[] | undefined;
    const keys = Object.keys(body);
    let at = 0;
    try {
      for (; at < keys.length; at++) {
        const key = keys[at] as string;
        const value = body[key];
        if (value === undefined) continue;
        const target = table.find(key);
        if (target.row.access === 'reply') {
          throw new EncodeError('is set by the kernel only and must not be given');
        }
        if (target.inHeader) this.#field(table, target, header, value);
        else if (target.through === undefined) this.#attribute(target, header, body, value);
        else (inlined ??= []).push({ key, target, value });
      }
    } catch (error) {
      throw within(keys[at] as string, error);
    }
    if (inlined) this.#inline(inlined, header, body);
  }

  /** Writes attributes that are nested in an attribute without a key in the body. */
  #inline(inlined: readonly Inlined[], header: number, body: Body): void {
    const through = inlined[0]?.target.through;
    if (through === undefined) return;
    const others: Inlined[] = [];
    const nest = this.writer.openNest();
    for (const one of inlined) {
      if (one.target.through !== through) {
        others.push(one);
        continue;
      }
      try {
        this.#attribute(one.target, header, body, one.value);
      } catch (error) {
        throw within(one.key, error);
      }
    }
    this.writer.closeNest(through, nest);
    this.#inline(others, header, body);
  }

  #field(table: TargetTable, { row, put }: Target, header: number, value: unknown): void {
    const writer = this.writer;
    const at = header + row.type;
    switch (row.kind) {
      case 'bit8':
        if (booleanOf(value)) writer.view.setUint8(at, writer.view.getUint8(at) | row.arg);
        return;
      case 'bit32':
        writer.setBits(at, row.arg, booleanOf(value));
        if (table.changeOffset >= 0) writer.setBits(header + table.changeOffset, row.arg, true);
        return;
      case 'dev':
        this.#device(value, at);
        return;
      default:
        (put ?? cannotBeWritten)(writer, at, value);
        this.#family.noteField(at);
    }
  }

  /** `type` is the row's own, or that of an array's element. */
  #attribute(target: Target, header: number, parent: Body, value: unknown, type = target.row.type): void {
    const writer = this.writer;
    const { row, put } = target;
    if (put) {
      const at = writer.open(SCALAR);
      writer.close(type, at, put(writer, at, value));
      return;
    }
    // Ordered by frequency: the cases are tried one after another.
    switch (row.kind) {
      case 'nest':
        this.#nest(type, target.nest, value);
        return;
      case 'bytes':
        writer.putBytes(type, bytesOf(row.arg, value));
        return;
      case 'str':
        writer.putText(type, textOf(row.arg, value));
        return;
      case 'union':
        this.#nest(type, target.variant(parent), value);
        return;
      case 'dev':
        this.#device(value, this.#zero(type));
        return;
      case 'prefix':
        this.#prefix(target, header, value);
        return;
      case 'ip':
      case 'ip6':
        this.#address(row.kind, type, value);
        return;
      case 'netns': {
        const slot = integerOf(value, 0, 0x7fffffff, 'a namespace');
        this.#patches.namespaces.push({ at: this.#zero(type), slot });
        return;
      }
      case 'list':
        this.#list(type, target.nest, row.arg, value);
        return;
      case 'array':
        this.#array(type, target.nest, row.arg === 1, value);
        return;
      case 'devconf':
        this.#nest(type, target.nest, value);
        return;
      case 'struct': {
        const at = writer.open(target.nest.headerSize);
        writer.close(type, at, this.#structure(target.nest, at, value));
        return;
      }
      case 'group':
        this.#group(type, target.nest, value);
        return;
      case 'multipath':
        this.#multipath(type, target.nest, value);
        return;
      case 'flag':
        if (booleanOf(value)) writer.putBytes(type, new Uint8Array());
        return;
      case 'via':
        writer.putBytes(type, viaOf(value));
        return;
      default:
        cannotBeWritten();
    }
  }

  /** Writes a four-byte placeholder; returns its offset. */
  #zero(type: number): number {
    const at = this.writer.open(4);
    this.writer.close(type, at, 4);
    return at;
  }

  #nest(type: number, table: TargetTable, value: unknown): void {
    const body = objectOf(value);
    const writer = this.writer;
    const start = writer.openNest();
    this.#object(table, writer.space(table.headerSize), body);
    writer.closeNest(type, start);
  }

  /** Writes elements of one type, or of types that count from 1. Bytes are written unchanged. */
  #list(type: number, nest: TargetTable, elementType: number, value: unknown): void {
    const start = this.writer.openNest();
    const raw = bytesIn(value);
    if (raw) {
      this.writer.raw(raw);
      this.writer.closeNest(type, start);
      return;
    }
    let count = 0;
    eachItem(value, (item) => {
      count++;
      this.#nest(elementType === 0 ? count : elementType, nest, item);
    });
    this.writer.closeNest(type, start);
  }

  #array(type: number, { first }: TargetTable, counted: boolean, value: unknown): void {
    if (first === undefined) cannotBeWritten();
    const start = this.writer.openNest();
    let index = 0;
    eachItem(value, (item) => {
      this.#attribute(first, 0, {}, item, counted ? index++ : first.row.type);
    });
    this.writer.closeNest(type, start);
  }

  #multipath(type: number, nest: TargetTable, value: unknown): void {
    const start = this.writer.openNest();
    eachItem(value, (item) => {
      this.#hop(nest, item);
    });
    this.writer.closeNest(type, start);
  }

  /** rtnexthop has a length of its own and no attribute around it. */
  #hop(table: TargetTable, value: unknown): void {
    if (!isObject(value)) refuse('an object', value);
    const start = this.writer.space(table.headerSize);
    this.#object(table, start, value);
    this.writer.view.setUint16(start, this.writer.size - start, true);
  }

  #group(type: number, table: TargetTable, value: unknown): void {
    const size = table.headerSize;
    const start = this.writer.open(size * (Array.isArray(value) ? value.length : 0));
    let at = start;
    eachItem(value, (item) => (at += this.#structure(table, at, item)));
    this.writer.close(type, start, at - start);
  }

  #structure(table: TargetTable, at: number, value: unknown): number {
    const body = objectOf(value);
    const keys = Object.keys(body);
    let i = 0;
    try {
      for (; i < keys.length; i++) {
        const key = keys[i] as string;
        const field = body[key];
        if (field === undefined) continue;
        const { row, put = cannotBeWritten } = table.find(key);
        put(this.writer, at + row.type, field);
      }
    } catch (error) {
      throw within(keys[i] as string, error);
    }
    return table.headerSize;
  }

  #address(kind: 'ip' | 'ip6', type: number, value: unknown): void {
    const address = addressOf(kind, value);
    if (kind === 'ip') this.#family.agree(address, value);
    this.writer.putBytes(type, address);
  }

  #prefix({ row }: Target, header: number, value: unknown): void {
    if (value === 'default' || value === 'all') return; // length 0 and no attribute
    const prefix = prefixOf(value);
    this.#family.agree(prefix.address, value);
    this.writer.bytes[header + row.arg] = prefix.length;
    this.writer.putBytes(row.type, prefix.address);
  }

  #device(value: unknown, at: number): void {
    if (value === null) return;
    if (typeof value === 'string') {
      this.#patches.devices.push({ at, name: interfaceNameOf(value) });
      return;
    }
    this.writer.view.setUint32(at, integerOf(value, 0, 0x7fffffff, 'an interface name or index'), true);
  }
}
