import { encodeSteps, type EncodedSteps } from '../codec/encode/program';
import { Compiler } from './compile';
import type { Step } from './spec/step';
import { isIrreversible } from './irreversible';

/** Things of which a plan makes thousands, each in a namespace of its own, and which differ in a few fields only. */
export interface Kind<T> {
  /** The labels of the namespaces that its steps are about: its own, then others that are not the same for all. */
  labelsOf(item: T): readonly [string, ...string[]];
  /** What things have in common whose steps differ in nothing but these labels and the fields below. */
  alike(item: T): string;
  /**
   * Two things alike to `item`, made up so that it can be seen where their fields went: every byte in which others may
   * differ is different in them, by bits of its own for each field, and tells its place in the field.
   */
  examples(item: T): readonly [T, T];
  /** The fields that occur in messages, and those that are texts of the executor's steps. */
  bytesOf(item: T): readonly Uint8Array[];
  textsOf(item: T): readonly string[];
}

/** The steps for one thing. Pure. */
export type Block<T> = (item: T) => readonly Step[];

/** What is filled in for one thing. */
export interface Filling {
  readonly bytes: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly labels: readonly string[];
  readonly slotOf: (label: string) => number;
}

/** What crosses the border, stencil by stencil. */
export class Sheet {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly texts: string[] = [];
  wordsEnd = 0;
  bytesEnd = 0;

  /** With room for these, behind so many words of another's. */
  constructor(stencils: readonly Stencil[], heading = 0) {
    let [words, bytes] = [heading, 0];
    for (const stencil of stencils) {
      words += stencil.words.length;
      bytes += stencil.bytes.length;
    }
    this.words = new Uint32Array(words);
    this.bytes = new Uint8Array(bytes);
    this.wordsEnd = heading;
  }
}

interface Hole {
  readonly at: number;
  readonly field: number;
  readonly from: number;
  readonly length: number;
}

/** Which of the words are slots: by label, or by the number of the thing's label. */
type SlotWords = readonly { readonly at: number; readonly label: string | number }[];
/** A number: of the field that is the text. */
type Texts = readonly (string | number)[];

const NOBODY = '';

/**
 * The encoded steps of a block with holes for what differs from one thing to the next. Compiling and encoding a step takes
 * some twenty times as long as filling holes, and warms up far more of the library. Where the holes are is not written
 * down anywhere: the steps of two examples are encoded, and whatever differs between them has to be found in a field.
 */
export class Stencil {
  readonly steps: number;
  /** The thing's own namespace is made by the steps. */
  readonly makesNamespace: boolean;
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly #slots: SlotWords;
  readonly #holes: readonly Hole[];
  /** Of the fields that occur in messages. */
  readonly #lengths: readonly (number | undefined)[];
  readonly #texts: Texts;

  private constructor(
    steps: readonly Step[],
    words: readonly number[],
    slots: SlotWords,
    bytes: Uint8Array,
    holes: readonly Hole[],
    lengths: readonly (number | undefined)[],
    texts: Texts,
  ) {
    this.steps = steps.length;
    this.makesNamespace = steps.some(({ op }) => op === 'netns.create');
    this.words = Uint32Array.from(words);
    this.bytes = bytes;
    this.#slots = slots;
    this.#holes = holes;
    this.#lengths = lengths;
    this.#texts = texts;
  }

  /**
   * The stencil for things alike to `item`; undefined if the steps do not lend themselves to it, `item`'s own being the
   * proof. `given` are the labels of namespaces that steps can name beside the thing's own.
   */
  static of<T>(kind: Kind<T>, block: Block<T>, item: T, given: readonly string[]): Stencil | undefined {
    const [one, other] = kind.examples(item);
    const steps = block(one);
    if (steps.some(tells)) return undefined;
    const [labels, otherLabels] = [kind.labelsOf(one), kind.labelsOf(other)];
    // What is a slot tells itself: in the second encoding all of them are one further.
    const a = encodeAlone(steps, labels[0], given);
    const b = encodeAlone(block(other), otherLabels[0], [NOBODY, ...given]);
    const slots = slotsOf(a, b, [...given, labels[0]], labels);
    const fields = kind.bytesOf(one);
    const holes = holesOf(a.bytes, b.bytes, fields, kind.bytesOf(other));
    const texts = textsOf(a.texts, b.texts, kind.textsOf(one), kind.textsOf(other));
    if (!slots || !holes || !texts) return undefined;
    const lengths = fields.map(({ length }, field) =>
      holes.some((hole) => hole.field === field) ? length : undefined,
    );
    const stencil = new Stencil(steps, a.words, slots, a.bytes, holes, lengths, texts);
    return stencil.#isRightFor(kind, block, item, given) ? stencil : undefined;
  }

  #isRightFor<T>(kind: Kind<T>, block: Block<T>, item: T, given: readonly string[]): boolean {
    const labels = kind.labelsOf(item);
    const all = [...given, labels[0]];
    const slotOf = (label: string): number => all.indexOf(label);
    const filling = {
      bytes: kind.bytesOf(item),
      texts: kind.textsOf(item),
      labels,
      slotOf,
    };
    const sheet = new Sheet([this]);
    if (!this.fits(filling)) return false;
    this.fill(sheet, filling);
    return isSame(sheet, encodeAlone(block(item), labels[0], given));
  }

  /** Whether the fields that occur have the lengths that there is room for. */
  fits({ bytes }: Pick<Filling, 'bytes'>): boolean {
    return this.#lengths.every((length, field) => length === undefined || bytes[field]?.length === length);
  }

  fill(sheet: Sheet, { bytes, texts, labels, slotOf }: Filling): void {
    const start = sheet.wordsEnd;
    sheet.words.set(this.words, start);
    sheet.wordsEnd += this.words.length;
    for (const { at, label } of this.#slots)
      sheet.words[start + at] = slotOf(typeof label === 'number' ? (labels[label] as string) : label);
    const begin = sheet.bytesEnd;
    sheet.bytes.set(this.bytes, begin);
    sheet.bytesEnd += this.bytes.length;
    // Not byte by byte: such a loop is soon worth an optimization to V8, for which the kernel's threads would have to wait.
    for (const { at, field, from, length } of this.#holes) {
      const source = bytes[field] as Uint8Array;
      sheet.bytes.set(source.length === length ? source : source.subarray(from, from + length), begin + at);
    }
    for (const text of this.#texts)
      sheet.texts.push(typeof text === 'number' ? (texts[text] as string) : text);
  }
}

/** Whether the step has to be known again when it is done. */
function tells(step: Step): boolean {
  return isIrreversible(step) || ('echo' in step && step.echo) || step.op === 'socket';
}

/** Encodes the steps for one thing as if they were a plan of their own, behind one that made its namespace. */
function encodeAlone(steps: readonly Step[], label: string, given: readonly string[]): EncodedSteps {
  const compiler = new Compiler(given);
  if (!steps.some(({ op }) => op === 'netns.create')) compiler.note(0, label);
  return encodeSteps(compiler.compile(steps).steps);
}

function slotsOf(
  a: EncodedSteps,
  b: EncodedSteps,
  all: readonly string[],
  own: readonly string[],
): SlotWords | undefined {
  if (a.words.length !== b.words.length) return undefined;
  const slots: { at: number; label: string | number }[] = [];
  for (const [at, word] of a.words.entries()) {
    const other = b.words[at];
    if (word === other) continue;
    const label = other === word + 1 ? all[word] : undefined;
    if (label === undefined) return undefined;
    slots.push({ at, label: own.includes(label) ? own.indexOf(label) : label });
  }
  return slots;
}

function holesOf(
  a: Uint8Array,
  b: Uint8Array,
  fieldsOfA: readonly Uint8Array[],
  fieldsOfB: readonly Uint8Array[],
): Hole[] | undefined {
  if (a.length !== b.length) return undefined;
  const holes: Hole[] = [];
  for (let at = 0; at < a.length; at++) {
    if (a[at] === b[at]) continue;
    let end = at + 1;
    while (end < a.length && a[end] !== b[end]) end++;
    const [inA, inB] = [a.subarray(at, end), b.subarray(at, end)];
    const hole = fieldsOfA.flatMap((ofA, field): Hole[] => {
      const from = placeOf(inA, ofA, inB, fieldsOfB[field] as Uint8Array);
      return from < 0 ? [] : [{ at, field, from, length: end - at }];
    })[0];
    if (hole === undefined) return undefined;
    holes.push(hole);
    at = end;
  }
  return holes;
}

/** Where in a field both examples have what differs; -1: nowhere. */
function placeOf(inA: Uint8Array, ofA: Uint8Array, inB: Uint8Array, ofB: Uint8Array): number {
  for (let from = 0; from + inA.length <= ofA.length; from++) {
    if (inA.every((byte, i) => ofA[from + i] === byte && ofB[from + i] === inB[i])) return from;
  }
  return -1;
}

function textsOf(
  a: readonly string[],
  b: readonly string[],
  fieldsOfA: readonly string[],
  fieldsOfB: readonly string[],
): Texts | undefined {
  const texts = a.map((text, index) => {
    if (text === b[index]) return text;
    return fieldsOfA.findIndex((field, number) => field === text && fieldsOfB[number] === b[index]);
  });
  return a.length === b.length && !texts.includes(-1) ? texts : undefined;
}

function isSame(sheet: Sheet, { words, bytes, texts }: EncodedSteps): boolean {
  return (
    Buffer.compare(sheet.bytes, bytes) === 0 &&
    sheet.words.length === words.length &&
    sheet.words.every((word, at) => word === words[at]) &&
    sheet.texts.length === texts.length &&
    sheet.texts.every((text, at) => text === texts[at])
  );
}
