import { ClosedError, NetlinkError, type ErrorPlace } from '../errors/errors';
import { binding, discard, REQUEST_DEADLINE_MS, runProgram } from '../executor/run-program';
import type { NamespaceHandle, SocketHandle } from '../native/handles';
import type { NativeRequestStep, NativeSlot } from '../native/program';
import { handleOf, type OpenNamespace } from '../nsfs/handle';
import type { BatchResult } from './batch';
import { Slots } from './slots';
import { placeOf, toNative, wantsReply, type RtnlRequest } from './request';
import { ReplyReader, resultOf } from './result';

/** A socket and its namespace. */
export interface RtnlSocket {
  readonly netns: NamespaceHandle;
  readonly route: SocketHandle;
  /** The name of the namespace, for traces. */
  readonly label: string | undefined;
}

/** Opens a socket in the namespace, by default the calling thread's. */
export async function openSocket(netns: OpenNamespace | undefined, receiveBuffer = 0): Promise<RtnlSocket> {
  const handle = netns === undefined ? binding.current().handle : handleOf(netns);
  const { results } = await runProgram({
    slots: [{ netns: handle }],
    steps: [{ op: 'socket', slot: 0, protocol: 'route', receiveBuffer }],
    atomic: false,
    deadlineMs: REQUEST_DEADLINE_MS,
  });
  const [result] = results;
  if (result?.socket) return { netns: handle, route: result.socket, label: netns?.name };
  if (result?.failure) throw NetlinkError.of(result.failure, { operation: 'rtnl.open', object: netns?.name });
  throw new ClosedError('the executor of this environment');
}

/** Sends independent requests on a socket: one result for each, in order. */
export async function exchange(home: RtnlSocket, requests: readonly RtnlRequest[]): Promise<BatchResult[]> {
  if (requests.length === 0) return [];
  const slots = new Slots(slotOf(home));
  // For each request, the steps that open the namespaces it names, as a range of the program's first steps.
  const opens: (readonly [number, number])[] = [];
  const steps = requests.map((request): NativeRequestStep => {
    const first = slots.steps.length;
    const native = toNative(request, slots.resolve);
    opens.push([first, slots.steps.length]);
    return { op: 'request', slot: 0, ...native, ...(wantsReply(request) ? { reply: true } : {}) };
  });
  const program = {
    slots: slots.slots,
    steps: [...slots.steps, ...steps],
    atomic: false,
    deadlineMs: REQUEST_DEADLINE_MS,
  };
  const readers = requests.map((request) => new ReplyReader(request));
  const outcome = await runProgram(program, {
    place: (step) => placeAt(requests, step - slots.steps.length),
    reply: (step, messages) => readers[step - slots.steps.length]?.take(messages),
  });
  discard(outcome.results.slice(0, slots.steps.length));
  return requests.map((request, index) => {
    const failedOpen = outcome.results.slice(...(opens[index] ?? [0, 0])).find((result) => result.failure);
    const result = failedOpen ?? outcome.results[slots.steps.length + index];
    if (result?.reply) readers[index]?.take(result.reply);
    return resultOf(request, result, readers[index]?.objects ?? []);
  });
}

/** The place of a failed request: its operation and, among several, its index. */
function placeAt(requests: readonly RtnlRequest[], index: number): ErrorPlace {
  const request = requests[index];
  const { operation } = request ? placeOf(request) : { operation: 'rtnl' };
  return requests.length === 1 ? { operation } : { operation, step: index };
}

// A caller may have closed its namespace: the socket still works, but cannot be replaced.
function slotOf(home: RtnlSocket): NativeSlot {
  return binding.fdOf(home.netns) < 0 ? { route: home.route, label: home.label } : home;
}
