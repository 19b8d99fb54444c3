import type {
  EncodedPart,
  NativePart,
  NativeRequest,
  NativeRequestStep,
  NativeStep,
} from '../../native/program';
import { writeRequest } from './encode';
import { Encoder } from './encoder';
import type { Patches } from './patches';
import { EncodeError } from '../schema/encode-error';
import { schema } from '../schema/schema';
import { Writer } from './writer';

const FAMILIES = numbersOf(Object.keys(schema.families));
const VERBS = numbersOf(schema.verbs);
const OPERATIONS = numbersOf(schema.operations);
/** How a request is undone, as a word of the program. */
export const UNDO = { inverse: 1, restore: 2 } as const;
export const NO_UNDO = 0;

/** Encoded steps: numbers, messages and texts, each in order. */
export interface EncodedSteps {
  readonly words: readonly number[];
  readonly bytes: Uint8Array;
  readonly texts: readonly string[];
}

/** Throws an EncodeError that names the step and its request. */
export function encodeSteps(steps: readonly NativeStep[]): EncodedSteps {
  const stream = new Stream();
  steps.forEach((step, index) => {
    stream.step(step, index);
  });
  return { words: stream.words, bytes: stream.bytes, texts: stream.texts };
}

/** Encodes a part of a program. Throws an EncodeError that names the step and its request. */
export function encodePart({ slots, steps, more }: NativePart): EncodedPart {
  const { words, bytes, texts } = encodeSteps(steps);
  const all = new Uint32Array(words.length + 1);
  all[0] = steps.length;
  all.set(words, 1);
  return { slots, words: all, bytes, texts, more: more === true };
}

/** Numbers, messages and texts, each in the order in which the addon reads them. */
class Stream {
  readonly words: number[] = [];
  readonly texts: string[] = [];
  readonly #messages = new Writer();
  readonly #encoder = new Encoder(this.#messages);

  get bytes(): Uint8Array {
    return this.#messages.take();
  }

  step(step: NativeStep, index: number): void {
    const { words } = this;
    words.push(numberOf(OPERATIONS, step.op));
    switch (step.op) {
      case 'request':
        this.#request(step, index);
        return;
      case 'transaction':
        words.push(step.slot);
        this.#messagesOf(step.requests, index);
        this.#messagesOf(step.inverse ?? [], index);
        return;
      case 'create':
        words.push(step.slot);
        this.texts.push(step.path ?? '');
        return;
      case 'open':
        words.push(step.slot);
        this.texts.push(step.path);
        return;
      case 'unpin':
        words.push(step.inode ?? 0);
        this.texts.push(step.path);
        return;
      case 'sysctl':
        words.push(step.slot);
        this.texts.push(step.path, step.value);
        return;
      case 'socket':
        words.push(step.slot, step.protocol === 'netfilter' ? 1 : 0, step.receiveBuffer ?? 0);
        return;
      case 'confirm':
        words.push(step.timeoutMs);
    }
  }

  #request(step: NativeRequestStep, index: number): void {
    const { slot, reply = false, overlapping, undo } = step;
    this.words.push(slot, ...(overlapping ? selectionOf(overlapping) : [reply ? 1 : 0]));
    this.words.push(undo ? UNDO[undo.mode] : NO_UNDO);
    this.#message(step, index);
    if (undo === undefined) return;
    this.words.push(undo.slot ?? slot);
    this.#message(undo.request, index);
  }

  #messagesOf(requests: readonly NativeRequest[], step: number): void {
    this.words.push(requests.length);
    requests.forEach((request, position) => {
      this.#message(request, step, position);
    });
  }

  #message(request: NativeRequest, step: number, position = 0): void {
    const start = this.#messages.size;
    const { devices, namespaces } = this.#write(request, step, position);
    const { family, verb } = request;
    this.words.push(numberOf(FAMILIES, family), numberOf(VERBS, verb), this.#messages.size - start);
    this.words.push(devices.length);
    for (const { at, name } of devices) {
      this.words.push(at - start);
      this.texts.push(name);
    }
    this.words.push(namespaces.length);
    for (const { at, slot } of namespaces) this.words.push(at - start, slot);
  }

  #write(request: NativeRequest, step: number, position: number): Patches {
    try {
      return writeRequest(this.#encoder, request);
    } catch (error) {
      if (error instanceof EncodeError) Object.assign(error, { step, request: position });
      throw error;
    }
  }
}

// The length of the network takes the place of the flag that other requests have for a reply.
function selectionOf({ network, prefix }: NonNullable<NativeRequestStep['overlapping']>): number[] {
  const view = new DataView(network.buffer, network.byteOffset, network.length);
  const words = Array.from({ length: network.length / 4 }, (_, index) => view.getUint32(index * 4));
  return [network.length, prefix, ...words];
}

/** The numbers by which the addon knows names. */
function numbersOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, number) => [name, number]));
}

function numberOf(numbers: ReadonlyMap<string, number>, name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new TypeError(`the addon does not know '${name}': rebuild the addon`);
  return number;
}
