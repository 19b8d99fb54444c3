import type { EncodedPart, EncodedRequest, NativeStep, NativeVerb } from '../../native/program';
import { NO_UNDO, UNDO } from '../encode/program';
import { schema } from '../schema/schema';

const FAMILIES = Object.keys(schema.families);

/** A step of an encoded program, as far as its requests are concerned. */
export interface ReadStep {
  readonly op: NativeStep['op'];
  /** Undefined for steps outside of namespaces. */
  readonly slot: number | undefined;
  readonly requests: readonly EncodedRequest[];
  /** The request that reads the object first, so that it can be restored. */
  readonly reads: readonly EncodedRequest[];
  /** The requests that undo the step. Those that restore an object are known only when it was read. */
  readonly inverse: readonly EncodedRequest[];
  /** The slot of `inverse`, or of `reads`. */
  readonly inverseSlot: number | undefined;
}

/** Reads the steps of an encoded part, as native/napi/program_from_js.cc does. */
export function readSteps(part: Pick<EncodedPart, 'words' | 'bytes' | 'texts'>): ReadStep[] {
  const reader = new StepReader(part);
  return Array.from({ length: reader.word() }, () => reader.step());
}

class StepReader {
  readonly #part: Pick<EncodedPart, 'words' | 'bytes' | 'texts'>;
  #word = 0;
  #byte = 0;
  #text = 0;

  constructor(part: Pick<EncodedPart, 'words' | 'bytes' | 'texts'>) {
    this.#part = part;
  }

  word(): number {
    return this.#part.words[this.#word++] as number;
  }

  step(): ReadStep {
    const op = schema.operations[this.word()] as NativeStep['op'];
    switch (op) {
      case 'request':
        return this.#request();
      case 'transaction': {
        const slot = this.word();
        const requests = this.#messages();
        return { op, slot, requests, reads: [], inverse: this.#messages(), inverseSlot: slot };
      }
      case 'create':
      case 'open':
        return this.#plain(op, this.word(), 0, 1);
      case 'unpin':
        return this.#plain(op, undefined, 1, 1);
      case 'sysctl':
        return this.#plain(op, this.word(), 0, 2);
      case 'socket':
        return this.#plain(op, this.word(), 2, 0);
      case 'confirm':
        return this.#plain(op, undefined, 1, 0);
    }
  }

  /** A step without requests: skips its words and texts. */
  #plain(op: NativeStep['op'], slot: number | undefined, words: number, texts: number): ReadStep {
    this.#word += words;
    this.#text += texts;
    return { op, slot, requests: [], reads: [], inverse: [], inverseSlot: undefined };
  }

  #request(): ReadStep {
    const slot = this.word();
    const selection = this.word();
    // The length of a network; 1 asks for a reply.
    if (selection > 1) this.#word += 1 + selection / 4;
    const undo = this.word();
    const step = { op: 'request', slot, requests: [this.#message()] } as const;
    if (undo === NO_UNDO) return { ...step, reads: [], inverse: [], inverseSlot: undefined };
    const inverseSlot = this.word();
    const other = [this.#message()];
    return undo === UNDO.inverse
      ? { ...step, reads: [], inverse: other, inverseSlot }
      : { ...step, reads: other, inverse: [], inverseSlot };
  }

  #messages(): EncodedRequest[] {
    return Array.from({ length: this.word() }, () => this.#message());
  }

  #message(): EncodedRequest {
    const family = FAMILIES[this.word()] as string;
    const verb = schema.verbs[this.word()] as NativeVerb;
    const size = this.word();
    const bytes = this.#part.bytes.subarray(this.#byte, (this.#byte += size));
    const devices = Array.from({ length: this.word() }, () => ({ at: this.word(), name: this.#nextText() }));
    const namespaces = Array.from({ length: this.word() }, () => ({ at: this.word(), slot: this.word() }));
    return { family, verb, bytes, devices, namespaces };
  }

  #nextText(): string {
    return this.#part.texts[this.#text++] as string;
  }
}
