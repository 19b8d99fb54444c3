import type { Compiler } from './compile';
import type { CompiledPart, Part } from './part';
import { type Block, type Filling, type Kind, Sheet, Stencil } from './stencil';
import type { Step } from './spec/step';

/** The steps of one block, for each of some things. */
export interface Batch<T> {
  readonly block: Block<T>;
  readonly items: readonly T[];
}

interface Place<T> {
  readonly block: Block<T>;
  readonly item: T;
}

/** What is known of a thing without its steps. */
interface Fields extends Pick<Filling, 'bytes' | 'texts'> {
  readonly alike: string;
}

/** The stencils for things that are alike but for the lengths of their fields. */
interface Cut {
  /** How many times one was wanted that was not there. */
  missed: number;
  readonly stencils: Stencil[];
}

/** Cutting a stencil takes three encodings. */
const WORTH_IT = 4;
/** So many lengths of names have a stencil of their own; others are written without. */
const MOST_ALIKE = 64;

/** Makes parts of plans for many things of a kind, and keeps the stencils for more of them. */
export class Press<T> {
  readonly #kind: Kind<T>;
  readonly #cuts = new Map<Block<T>, Map<string, Cut>>();

  constructor(kind: Kind<T>) {
    this.#kind = kind;
  }

  /** A part of which all steps are made when its turn comes. `given` are the labels of the plan's namespaces that exist. */
  part(batches: readonly Batch<T>[], given: readonly string[]): Part {
    const all = batches.flatMap(({ block, items }) => items.map((item) => ({ block, item })));
    let starts: readonly number[] = [];
    let steps: readonly Step[] | undefined;
    return {
      get tells() {
        return steps !== undefined;
      },
      stepAt: (index) => (steps ? steps[index] : stepAt(all, starts, index)),
      compile: (compiler) => {
        const fields = this.#fieldsOf(all);
        const stencils = all.map((place) => this.#stencilFor(place, given, all, fields));
        if (stencils.every((stencil) => stencil !== undefined)) {
          let next = 0;
          starts = stencils.map((stencil) => (next += stencil.steps) - stencil.steps);
          return this.#print(all, stencils, fields, compiler);
        }
        // All of a part or nothing: halfway through a refusal would come too late.
        steps = all.flatMap(({ block, item }) => block(item));
        return compiler.compile(steps);
      },
    };
  }

  #stencilFor(
    { block, item }: Place<T>,
    given: readonly string[],
    all: readonly Place<T>[],
    fields: ReadonlyMap<T, Fields>,
  ): Stencil | undefined {
    const own = fields.get(item) as Fields;
    const cut = this.#cutFor(block, own.alike);
    const found = cut.stencils.find((stencil) => stencil.fits(own));
    if (found !== undefined) return found;
    const twins = all.filter((one) => one.block === block && areTwins(own, fields.get(one.item) as Fields));
    if (cut.missed + twins.length < WORTH_IT || cut.stencils.length >= MOST_ALIKE) {
      cut.missed += 1;
      return undefined;
    }
    cut.missed = 0;
    const stencil = Stencil.of(this.#kind, block, item, given);
    if (stencil !== undefined) cut.stencils.push(stencil);
    return stencil;
  }

  #cutFor(block: Block<T>, alike: string): Cut {
    const cuts = this.#cuts.get(block) ?? new Map<string, Cut>();
    this.#cuts.set(block, cuts);
    const cut = cuts.get(alike) ?? { missed: 0, stencils: [] };
    cuts.set(alike, cut);
    return cut;
  }

  #fieldsOf(all: readonly Place<T>[]): ReadonlyMap<T, Fields> {
    const kind = this.#kind;
    const fields = new Map<T, Fields>();
    for (const { item } of all) {
      if (fields.has(item)) continue;
      fields.set(item, { alike: kind.alike(item), bytes: kind.bytesOf(item), texts: kind.textsOf(item) });
    }
    return fields;
  }

  #print(
    all: readonly Place<T>[],
    stencils: readonly Stencil[],
    fields: ReadonlyMap<T, Fields>,
    compiler: Compiler,
  ): CompiledPart {
    const sheet = new Sheet(stencils, 1);
    const slotOf = (label: string): number => compiler.slotOf(label);
    let steps = 0;
    for (let i = 0; i < stencils.length; i++) {
      const stencil = stencils[i] as Stencil;
      const { item } = all[i] as Place<T>;
      const { bytes, texts } = fields.get(item) as Fields;
      const labels = this.#kind.labelsOf(item);
      compiler.note(stencil.steps, stencil.makesNamespace ? labels[0] : undefined);
      stencil.fill(sheet, { bytes, texts, labels, slotOf });
      steps += stencil.steps;
    }
    const { words, bytes, texts } = sheet;
    words[0] = steps;
    return { labels: compiler.takeLabels(), words, bytes, texts };
  }
}

/** Whether what fits the one fits the other. */
function areTwins(one: Fields, other: Fields): boolean {
  return (
    one.alike === other.alike && one.bytes.every(({ length }, field) => other.bytes[field]?.length === length)
  );
}

/** `starts` are the numbers of the places' first steps. */
function stepAt<T>(all: readonly Place<T>[], starts: readonly number[], index: number): Step | undefined {
  const which = starts.findLastIndex((start) => start <= index);
  const place = all[which];
  return place?.block(place.item)[index - (starts[which] as number)];
}
