import type { UndoableRequest } from '../rtnl/operations';
import { asks, needsNetem, type Directions, type LineQuality } from './options';

/** The device to shape, as the kernel has it. */
export interface ShapedDevice {
  readonly index: number;
  readonly mtu: number;
}

/** The handles of our qdiscs, by which they are told from others'. */
export const NETEM = 'a1:';
export const TBF = 'a2:';

/** The device that what comes in is sent through. One for each shaped device, whose index it has in its name. */
export function ifbOf({ index }: ShapedDevice): string {
  return `shape${String(index)}`;
}

/** Which parts of a shape of ours a device has. */
export interface StandingShape {
  readonly egress: boolean;
  readonly ingress: boolean;
}

/** What leads from one shape to another: what a device sends in its own queue, what it receives in that of an ifb. */
export function shapeSteps(
  device: ShapedDevice,
  found: StandingShape,
  { egress = {}, ingress = {} }: Directions,
): UndoableRequest[] {
  const dev = device.index;
  return [
    ...(found.egress ? [unqueue(dev)] : []),
    ...queueSteps(dev, device, egress),
    ...ingressSteps(device, found.ingress, ingress),
  ];
}

// An ifb that is there stays while it is needed: its deletion could not be taken back.
function ingressSteps(device: ShapedDevice, isThere: boolean, quality: LineQuality): UndoableRequest[] {
  const ifname = ifbOf(device);
  const queue = queueSteps(ifname, device, quality);
  if (!asks(quality)) return isThere ? dismantling(device) : [];
  return isThere ? [unqueue(ifname), ...queue] : detour(device, queue);
}

function unqueue(dev: string | number): UndoableRequest {
  return { op: 'qdisc.delete', body: { dev } };
}

function dismantling(device: ShapedDevice): UndoableRequest[] {
  return [
    // Put back only with the ifb that it leads to, which cannot be.
    { op: 'qdisc.delete', body: { dev: device.index, kind: 'clsact' }, undo: 'none' },
    { op: 'link.delete', body: { ifname: ifbOf(device) } },
  ];
}

/** `add` fails where somebody else queues already: two cannot. */
function queueSteps(dev: string | number, { mtu }: ShapedDevice, quality: LineQuality): UndoableRequest[] {
  const { rate, delay = 0, jitter = 0, loss = 0 } = quality;
  const steps: UndoableRequest[] = [];
  const isBad = needsNetem(quality);
  if (isBad) {
    const data = {
      delay: delay * 1000,
      ...(jitter > 0 && { jitter: jitter * 1000 }),
      ...(loss > 0 && { loss }),
    };
    steps.push({ op: 'qdisc.add', body: { dev, handle: NETEM, kind: 'netem', data } });
  }
  if (rate !== undefined) {
    const parent = isBad ? { parent: `${NETEM}1` } : {};
    const data = bucketOf(rate, mtu);
    steps.push({ op: 'qdisc.add', body: { dev, ...parent, handle: TBF, kind: 'tbf', data } });
  }
  return steps;
}

/**
 * A bucket of 10 ms, of two frames at least: packets larger than it would never pass. Behind it a fifth of a second may
 * wait, and ten frames at least, so that TCP finds its pace on slow lines as well.
 */
function bucketOf(rate: number, mtu: number): { rate: number; burst: number; limit: number } {
  const bytes = Math.floor(rate / 8);
  const frame = mtu + 18;
  const burst = Math.min(Math.max(Math.ceil(bytes / 100), 2 * frame), LARGEST);
  const limit = Math.min(burst + Math.max(Math.ceil(bytes / 5), 10 * frame), LARGEST);
  return { rate: bytes, burst, limit };
}
const LARGEST = 2 ** 31 - 1;

// The ifb queues before the first packet comes by it.
function detour(device: ShapedDevice, queue: readonly UndoableRequest[]): UndoableRequest[] {
  const dev = device.index;
  const ifname = ifbOf(device);
  const parms = { eaction: 'egress_redirect', action: 'stolen', dev: ifname } as const;
  // What has no match takes all; every kernel with an ifb has u32.
  const data = { match: [], actions: [{ kind: 'mirred', data: { parms } }] } as const;
  const filter = { dev, parent: 'ingress', priority: 1, kind: 'u32', data } as const;
  return [
    { op: 'link.add', body: { ifname, kind: 'ifb', up: true } },
    ...queue,
    { op: 'qdisc.add', body: { dev, kind: 'clsact' } },
    { op: 'filter.add', body: filter },
  ];
}
