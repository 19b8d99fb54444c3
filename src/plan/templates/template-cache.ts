import { isWithout } from '../../base/without';
import type { Compiler } from '../compile/compile';
import type { CompiledChunk, Chunk } from '../compile/chunk';
import { type Block, type Filling, type Kind, EncodedOutput, StepTemplate } from './step-template';
import type { Step } from '../spec/step';

/** The steps of one block, for each of some items. */
export interface Batch<T> {
  readonly block: Block<T>;
  readonly items: readonly T[];
}

interface Place<T> {
  readonly block: Block<T>;
  readonly item: T;
}

/** The fields of an item, known without its steps. */
interface Fields extends Pick<Filling, 'bytes' | 'texts'> {
  readonly groupKey: string;
}

/** The templates for items with one group key, by the lengths of their fields. */
interface TemplateGroup {
  /** How many times a template was missing. */
  missed: number;
  readonly templates: StepTemplate[];
}

const IS_OFF = isWithout('templates');
/** Making a template takes three encodings. */
const WORTH_IT = 4;
/** The most templates of a group; items that fit none of them are compiled. */
const MOST_ALIKE = 64;

/** Makes chunks of plans for many items of a kind, and keeps the templates for further ones. */
export class TemplateCache<T> {
  readonly #kind: Kind<T>;
  readonly #groups = new Map<Block<T>, Map<string, TemplateGroup>>();

  constructor(kind: Kind<T>) {
    this.#kind = kind;
  }

  /** A chunk whose steps are made when it is compiled. `given` are the labels of the plan's given namespaces. */
  chunk(batches: readonly Batch<T>[], given: readonly string[]): Chunk {
    const all = batches.flatMap(({ block, items }) => items.map((item) => ({ block, item })));
    let starts: readonly number[] = [];
    let steps: readonly Step[] | undefined;
    return {
      get hasResult() {
        return steps !== undefined;
      },
      stepAt: (index) => (steps ? steps[index] : stepAt(all, starts, index)),
      compile: (compiler) => {
        const fields = this.#fieldsOf(all);
        const templates = all.map((place) =>
          IS_OFF ? undefined : this.#templateFor(place, given, all, fields),
        );
        if (templates.every((template) => template !== undefined)) {
          let next = 0;
          starts = templates.map((template) => (next += template.steps) - template.steps);
          return this.#print(all, templates, fields, compiler);
        }
        // A whole chunk or nothing: an invalid step must be found before anything of the chunk is sent.
        steps = all.flatMap(({ block, item }) => block(item));
        return compiler.compile(steps);
      },
    };
  }

  #templateFor(
    { block, item }: Place<T>,
    given: readonly string[],
    all: readonly Place<T>[],
    fields: ReadonlyMap<T, Fields>,
  ): StepTemplate | undefined {
    const own = fields.get(item) as Fields;
    const group = this.#groupFor(block, own.groupKey);
    const found = group.templates.find((template) => template.fits(own));
    if (found !== undefined) return found;
    const twins = all.filter(
      (one) => one.block === block && fitSameTemplate(own, fields.get(one.item) as Fields),
    );
    if (group.missed + twins.length < WORTH_IT || group.templates.length >= MOST_ALIKE) {
      group.missed += 1;
      return undefined;
    }
    group.missed = 0;
    const template = StepTemplate.of(this.#kind, block, item, given);
    if (template !== undefined) group.templates.push(template);
    return template;
  }

  #groupFor(block: Block<T>, groupKey: string): TemplateGroup {
    const groups = this.#groups.get(block) ?? new Map<string, TemplateGroup>();
    this.#groups.set(block, groups);
    const group = groups.get(groupKey) ?? { missed: 0, templates: [] };
    groups.set(groupKey, group);
    return group;
  }

  #fieldsOf(all: readonly Place<T>[]): ReadonlyMap<T, Fields> {
    const kind = this.#kind;
    const fields = new Map<T, Fields>();
    for (const { item } of all) {
      if (fields.has(item)) continue;
      fields.set(item, {
        groupKey: kind.groupKey(item),
        bytes: kind.bytesOf(item),
        texts: kind.textsOf(item),
      });
    }
    return fields;
  }

  #print(
    all: readonly Place<T>[],
    templates: readonly StepTemplate[],
    fields: ReadonlyMap<T, Fields>,
    compiler: Compiler,
  ): CompiledChunk {
    const output = new EncodedOutput(templates, 1);
    const slotOf = (label: string): number => compiler.slotOf(label);
    let steps = 0;
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i] as StepTemplate;
      const { item } = all[i] as Place<T>;
      const { bytes, texts } = fields.get(item) as Fields;
      const labels = this.#kind.labelsOf(item);
      compiler.note(template.steps, template.makesNamespace ? labels[0] : undefined);
      template.fill(output, { bytes, texts, labels, slotOf });
      steps += template.steps;
    }
    const { words, bytes, texts } = output;
    words[0] = steps;
    return { labels: compiler.takeLabels(), words, bytes, texts };
  }
}

/** Whether a template that fits one also fits the other. */
function fitSameTemplate(one: Fields, other: Fields): boolean {
  return (
    one.groupKey === other.groupKey &&
    one.bytes.every(({ length }, field) => other.bytes[field]?.length === length)
  );
}

/** `starts` are the numbers of each item's first step. */
function stepAt<T>(all: readonly Place<T>[], starts: readonly number[], index: number): Step | undefined {
  const which = starts.findLastIndex((start) => start <= index);
  const place = all[which];
  return place?.block(place.item)[index - (starts[which] as number)];
}
