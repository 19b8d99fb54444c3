import { encodeSteps, type EncodedSteps } from '../../codec/encode/program';
import { Compiler } from '../compile/compile';
import type { Step } from '../spec/step';
import { handlerOf, isIrreversible } from '../handlers/handlers';

/** How to make templates for items that a plan repeats thousands of times, each in its own namespace, with few different fields. */
export interface Kind<T> {
  /** The labels of the namespaces that its steps use: its own, then others that differ between items. */
  labelsOf(item: T): readonly [string, ...string[]];
  /** Equal for items whose steps differ in these labels and in the fields below only. */
  groupKey(item: T): string;
  /**
   * Two made-up items with the group key of `item`. Each byte that may differ between items differs between these two, by
   * bits that are unique to the field and to the place in it, so that fields can be found in the encoded output.
   */
  examples(item: T): readonly [T, T];
  /** The fields that occur in messages, and those that are texts of executor steps. */
  bytesOf(item: T): readonly Uint8Array[];
  textsOf(item: T): readonly string[];
}

/** The steps for one item. Pure. */
export type Block<T> = (item: T) => readonly Step[];

/** The values of one item to fill into a template. */
export interface Filling {
  readonly bytes: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly labels: readonly string[];
  readonly slotOf: (label: string) => number;
}

/** The encoded steps as the addon takes them, written template by template. */
export class EncodedOutput {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly texts: string[] = [];
  wordsEnd = 0;
  bytesEnd = 0;

  /** Allocates room for these templates, after `heading` words that the caller writes. */
  constructor(templates: readonly StepTemplate[], heading = 0) {
    let [words, bytes] = [heading, 0];
    for (const template of templates) {
      words += template.words.length;
      bytes += template.bytes.length;
    }
    this.words = new Uint32Array(words);
    this.bytes = new Uint8Array(bytes);
    this.wordsEnd = heading;
  }
}

interface Placeholder {
  readonly at: number;
  readonly field: number;
  readonly from: number;
  readonly length: number;
}

/** The words that are slots, by label or by the position of the item's label. */
type SlotWords = readonly { readonly at: number; readonly label: string | number }[];
/** A number is the position of the field that is the text. */
type Texts = readonly (string | number)[];

const NOBODY = '';

/**
 * The encoded steps of a block with placeholders for the fields of an item. Filling placeholders is some twenty times faster
 * than compiling and encoding the steps. The places are not declared anywhere: the steps of two examples are encoded, and
 * each difference between them must be found in a field.
 */
export class StepTemplate {
  readonly steps: number;
  /** The steps create the item's own namespace. */
  readonly makesNamespace: boolean;
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly #slots: SlotWords;
  readonly #placeholders: readonly Placeholder[];
  /** The lengths of the fields that occur in messages. */
  readonly #lengths: readonly (number | undefined)[];
  readonly #texts: Texts;

  private constructor(
    steps: readonly Step[],
    words: readonly number[],
    slots: SlotWords,
    bytes: Uint8Array,
    placeholders: readonly Placeholder[],
    lengths: readonly (number | undefined)[],
    texts: Texts,
  ) {
    this.steps = steps.length;
    this.makesNamespace = createsNamespace(steps);
    this.words = Uint32Array.from(words);
    this.bytes = bytes;
    this.#slots = slots;
    this.#placeholders = placeholders;
    this.#lengths = lengths;
    this.#texts = texts;
  }

  /**
   * The template for items with the group key of `item`; undefined if the steps cannot be a template, which is verified with
   * those of `item`. `given` are the labels of other namespaces that the steps can name.
   */
  static of<T>(kind: Kind<T>, block: Block<T>, item: T, given: readonly string[]): StepTemplate | undefined {
    const [one, other] = kind.examples(item);
    const steps = block(one);
    if (steps.some(hasResult)) return undefined;
    const [labels, otherLabels] = [kind.labelsOf(one), kind.labelsOf(other)];
    // Slots are found by their difference: in the second encoding each is one higher.
    const a = encodeAlone(steps, labels[0], given);
    const b = encodeAlone(block(other), otherLabels[0], [NOBODY, ...given]);
    const slots = slotsOf(a, b, [...given, labels[0]], labels);
    const fields = kind.bytesOf(one);
    const placeholders = placeholdersOf(a.bytes, b.bytes, fields, kind.bytesOf(other));
    const texts = textsOf(a.texts, b.texts, kind.textsOf(one), kind.textsOf(other));
    if (!slots || !placeholders || !texts) return undefined;
    const lengths = fields.map(({ length }, field) =>
      placeholders.some((placeholder) => placeholder.field === field) ? length : undefined,
    );
    const template = new StepTemplate(steps, a.words, slots, a.bytes, placeholders, lengths, texts);
    return template.#isRightFor(kind, block, item, given) ? template : undefined;
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
    const output = new EncodedOutput([this]);
    if (!this.fits(filling)) return false;
    this.fill(output, filling);
    return isSame(output, encodeAlone(block(item), labels[0], given));
  }

  /** Whether the fields have the lengths of their placeholders. */
  fits({ bytes }: Pick<Filling, 'bytes'>): boolean {
    return this.#lengths.every((length, field) => length === undefined || bytes[field]?.length === length);
  }

  fill(output: EncodedOutput, { bytes, texts, labels, slotOf }: Filling): void {
    const start = output.wordsEnd;
    output.words.set(this.words, start);
    output.wordsEnd += this.words.length;
    for (const { at, label } of this.#slots)
      output.words[start + at] = slotOf(typeof label === 'number' ? (labels[label] as string) : label);
    const begin = output.bytesEnd;
    output.bytes.set(this.bytes, begin);
    output.bytesEnd += this.bytes.length;
    // Not byte by byte: V8 would soon optimize such a loop, and its compiler threads would compete with the kernel's work.
    for (const { at, field, from, length } of this.#placeholders) {
      const source = bytes[field] as Uint8Array;
      output.bytes.set(source.length === length ? source : source.subarray(from, from + length), begin + at);
    }
    for (const text of this.#texts)
      output.texts.push(typeof text === 'number' ? (texts[text] as string) : text);
  }
}

/** Whether the step's outcome has to be recorded. */
function hasResult(step: Step): boolean {
  return isIrreversible(step) || (handlerOf(step).keepsResult?.(step) ?? false);
}

function createsNamespace(steps: readonly Step[]): boolean {
  return steps.some((step) => handlerOf(step).createsNamespace);
}

/** Encodes the steps for one item as a plan of their own, after one that created its namespace. */
function encodeAlone(steps: readonly Step[], label: string, given: readonly string[]): EncodedSteps {
  const compiler = new Compiler(given);
  if (!createsNamespace(steps)) compiler.note(0, label);
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

function placeholdersOf(
  a: Uint8Array,
  b: Uint8Array,
  fieldsOfA: readonly Uint8Array[],
  fieldsOfB: readonly Uint8Array[],
): Placeholder[] | undefined {
  if (a.length !== b.length) return undefined;
  const placeholders: Placeholder[] = [];
  for (let at = 0; at < a.length; at++) {
    if (a[at] === b[at]) continue;
    let end = at + 1;
    while (end < a.length && a[end] !== b[end]) end++;
    const [inA, inB] = [a.subarray(at, end), b.subarray(at, end)];
    const placeholder = fieldsOfA.flatMap((ofA, field): Placeholder[] => {
      const from = placeOf(inA, ofA, inB, fieldsOfB[field] as Uint8Array);
      return from < 0 ? [] : [{ at, field, from, length: end - at }];
    })[0];
    if (placeholder === undefined) return undefined;
    placeholders.push(placeholder);
    at = end;
  }
  return placeholders;
}

/** The offset in a field where both examples have the differing bytes; -1 if there is none. */
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

function isSame(output: EncodedOutput, { words, bytes, texts }: EncodedSteps): boolean {
  return (
    Buffer.compare(output.bytes, bytes) === 0 &&
    output.words.length === words.length &&
    output.words.every((word, at) => word === words[at]) &&
    output.texts.length === texts.length &&
    output.texts.every((text, at) => text === texts[at])
  );
}
