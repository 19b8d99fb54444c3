import type { UndoableRequest } from '../rtnl/operations';
import { asks, needsNetem, type Directions, type LineQuality } from './options';

/** The device to shape, as reported by the kernel. */
export interface ShapedDevice {
  readonly index: number;
  readonly mtu: number;
}

/** The handles of our qdiscs, which distinguish them from others. */
export const NETEM = 'a1:';
export const TBF = 'a2:';

/** The ifb that incoming packets are redirected to. One per shaped device, named after its index. */
export function ifbOf({ index }: ShapedDevice): string {
  return `shape${String(index)}`;
}

/** The existing parts of our shape on a device. */
export interface ExistingShape {
  readonly egress: boolean;
  readonly ingress: boolean;
}

/** The steps from one shape to another. Outgoing packets are queued at the device, incoming ones at an ifb. */
export function shapeSteps(
  device: ShapedDevice,
  found: ExistingShape,
  { egress = {}, ingress = {} }: Directions,
): UndoableRequest[] {
  const dev = device.index;
  return [
    ...(found.egress ? [unqueue(dev)] : []),
    ...queueSteps(dev, device, egress),
    ...ingressSteps(device, found.ingress, ingress),
  ];
}

// An existing ifb stays while needed: its deletion could not be undone.
function ingressSteps(device: ShapedDevice, isThere: boolean, quality: LineQuality): UndoableRequest[] {
  const ifname = ifbOf(device);
  const queue = queueSteps(ifname, device, quality);
  if (!asks(quality)) return isThere ? removeIngress(device) : [];
  return isThere ? [unqueue(ifname), ...queue] : redirectIngress(device, queue);
}

function unqueue(dev: string | number): UndoableRequest {
  return { op: 'qdisc.delete', body: { dev } };
}

function removeIngress(device: ShapedDevice): UndoableRequest[] {
  return [
    // Undo would need the ifb it redirects to, whose deletion cannot be undone.
    { op: 'qdisc.delete', body: { dev: device.index, kind: 'clsact' }, undo: 'none' },
    { op: 'link.delete', body: { ifname: ifbOf(device) } },
  ];
}

/** `add` fails if someone else's qdisc exists: there can be only one. */
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
 * A bucket of 10 ms, at least two frames: packets larger than the bucket would never pass. The queue holds a fifth of a
 * second, at least ten frames, so that TCP adapts on slow lines as well.
 */
function bucketOf(rate: number, mtu: number): { rate: number; burst: number; limit: number } {
  const bytes = Math.floor(rate / 8);
  const frame = mtu + 18;
  const burst = Math.min(Math.max(Math.ceil(bytes / 100), 2 * frame), LARGEST);
  const limit = Math.min(burst + Math.max(Math.ceil(bytes / 5), 10 * frame), LARGEST);
  return { rate: bytes, burst, limit };
}
const LARGEST = 2 ** 31 - 1;

// The ifb has its queue before it receives the first packet.
function redirectIngress(device: ShapedDevice, queue: readonly UndoableRequest[]): UndoableRequest[] {
  const dev = device.index;
  const ifname = ifbOf(device);
  const parms = { eaction: 'egress_redirect', action: 'stolen', dev: ifname } as const;
  // An empty match matches all packets; every kernel with an ifb has u32.
  const data = { match: [], actions: [{ kind: 'mirred', data: { parms } }] } as const;
  const filter = { dev, parent: 'ingress', priority: 1, kind: 'u32', data } as const;
  return [
    { op: 'link.add', body: { ifname, kind: 'ifb', up: true } },
    ...queue,
    { op: 'qdisc.add', body: { dev, kind: 'clsact' } },
    { op: 'filter.add', body: filter },
  ];
}
