import fs from 'node:fs';
import { decodeReply } from '../codec/decode/decode';
import { readSteps, type ReadStep } from '../codec/decode/program';
import { decodeRequest } from '../codec/decode/request';
import { schema } from '../codec/schema/schema';
import { describeErrno } from '../errors/errno';
import { binding } from '../native/binding';
import type {
  EncodedPart,
  EncodedRequest,
  NativeFailure,
  NativeOutcome,
  NativeSlot,
} from '../native/program';
import { NETLINK, type NetlinkProtocol } from '../native/protocols';
import { messageChannel, now } from './channels';
import type { TracedPlace, TracedRequest } from './events';

/** The namespace of a slot. */
type Place = Pick<TracedPlace, 'netns' | 'inode'>;

const PROTOCOLS = new Map<number, NetlinkProtocol>(
  Object.entries(NETLINK).map(([name, number]) => [number, name as NetlinkProtocol]),
);

/** Publishes the messages of one program: requests from the encoded parts, answers from their outcomes. */
export class ProgramTrace {
  readonly #plan: number | undefined;
  readonly #begin = now();
  readonly #places: Place[] = [];
  readonly #steps: ReadStep[] = [];
  readonly #done: number[] = [];

  /** `plan`: the number of the plan that the program runs. */
  constructor(plan: number | undefined) {
    this.#plan = plan;
  }

  /** The part is about to be passed to the executor. */
  sent(part: EncodedPart): void {
    this.#places.push(...part.slots.map(placeOf));
    for (const step of readSteps(part)) {
      const number = this.#steps.push(step) - 1;
      for (const request of step.reads) this.#request(request, number, step.slot, 'read');
      for (const request of step.requests) this.#request(request, number, step.slot);
    }
  }

  /** A part of the answer to a list. */
  replied(step: number, messages: Uint8Array): void {
    const [request] = this.#steps[step]?.requests ?? [];
    if (request) this.#objects(request, step, messages);
  }

  /** A part is complete, or the program is over. */
  ended({ first, results, last, failed, aborted, notUndone }: NativeOutcome): void {
    for (const [index, { done, failure, netns, reply }] of results.entries()) {
      const number = first + index;
      const step = this.#steps[number] as ReadStep;
      if (netns && step.slot !== undefined) this.#found(step.slot, netns.fd);
      if (done) this.#done.push(number);
      const [request] = step.requests;
      if (request && reply) this.#objects(request, number, reply);
      if (done) this.#results(step.requests, number, step.slot);
      else if (failure) this.#failure(step.requests, number, failure);
    }
    if (last && (failed >= 0 || aborted))
      this.#undone(new Map(notUndone.map(({ step, failure }) => [step, failure])));
  }

  // The requests that undo a step by what it read before ('restore') are known to the executor only.
  #undone(failures: ReadonlyMap<number, NativeFailure>): void {
    for (const number of this.#done.reverse()) {
      const { inverse, inverseSlot } = this.#steps[number] as ReadStep;
      for (const request of inverse) this.#request(request, number, inverseSlot, 'inverse');
      const failure = failures.get(number);
      if (failure) this.#failure(inverse, number, failure, 'inverse');
      else this.#results(inverse, number, inverseSlot, 'inverse');
    }
  }

  #request(
    request: EncodedRequest,
    step: number,
    slot: number | undefined,
    undo?: TracedRequest['undo'],
  ): void {
    const decoded = decodeRequest(request, (slot) => nameOf(this.#places[slot]));
    const common = this.#common(request, step, slot, undo);
    messageChannel.publish({ ...common, direction: 'sent', kind: 'request', ...decoded });
  }

  #objects(request: EncodedRequest, step: number, messages: Uint8Array): void {
    const common = this.#common(request, step, this.#steps[step]?.slot);
    for (const body of decodeReply(request.family, messages))
      messageChannel.publish({ ...common, direction: 'received', kind: 'object', body });
  }

  #results(
    requests: readonly EncodedRequest[],
    step: number,
    slot: number | undefined,
    undo?: TracedRequest['undo'],
  ): void {
    for (const request of requests) {
      const common = this.#common(request, step, slot, undo);
      const durationMs = common.time - this.#begin;
      messageChannel.publish({ ...common, direction: 'received', kind: 'done', durationMs });
    }
  }

  #failure(
    requests: readonly EncodedRequest[],
    step: number,
    failure: NativeFailure,
    undo?: TracedRequest['undo'],
  ): void {
    // A step that was not run, or without requests; a failed transaction may not tell the request.
    const request = requests[Math.max(failure.request, 0)];
    if (failure.call === 'abort' || request === undefined) return;
    const { slot, inverseSlot } = this.#steps[step] as ReadStep;
    const common = this.#common(request, step, undo ? inverseSlot : slot, undo);
    const { errno, call, text, path } = failure;
    const { code } = describeErrno(errno);
    const durationMs = common.time - this.#begin;
    messageChannel.publish({
      ...common,
      ...({ direction: 'received', kind: 'error' } as const),
      ...{ code, call, text, path, durationMs },
    });
  }

  #common(
    { family, verb }: EncodedRequest,
    step: number,
    slot = -1,
    undo?: TracedRequest['undo'],
  ): TracedRequest {
    const protocol = protocolOf(family);
    const place = { time: now(), protocol, ...this.#places[slot], plan: this.#plan, step };
    return { ...place, family, verb, ...(undo && { undo }) };
  }

  #found(slot: number, fd: number): void {
    this.#places[slot] = { ...this.#places[slot], inode: inodeOf(fd) };
  }
}

// The request was encoded by the tables of the same schema.
function protocolOf(family: string): NetlinkProtocol {
  return PROTOCOLS.get(schema.families[family]?.protocol as number) as NetlinkProtocol;
}

function placeOf({ label, netns }: NativeSlot): Place {
  return { netns: label, inode: netns && inodeOf(binding.fdOf(netns)) };
}

function inodeOf(fd: number): number | undefined {
  return fd < 0 ? undefined : fs.fstatSync(fd).ino;
}

function nameOf(place: Place | undefined): string | undefined {
  return place?.netns ?? (place?.inode === undefined ? undefined : `net:[${String(place.inode)}]`);
}
