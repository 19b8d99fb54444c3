import { NetlinkError } from '../errors/errors';
import { existingIfname, validate } from '../errors/validate-options';
import { runAtomically } from '../rtnl/atomic';
import { rtnlOf } from '../rtnl/rtnl-of';
import type { UndoableRequest } from '../rtnl/operations';
import { directionsOf, type LineShape } from './options';
import { ifbOf, NETEM, shapeSteps, TBF, type ShapedDevice, type ExistingShape } from './steps';
import type { OpenNamespace } from '../nsfs/handle';

const OPERATION = 'shape';

/** Shapes a device of a namespace, replacing any previous shape; null removes the shape. */
export async function shapeLink(
  netns: OpenNamespace,
  ifname: string,
  shape: LineShape | null,
): Promise<void> {
  validate(existingIfname, ifname, OPERATION, 'ifname');
  const wanted = shape === null ? {} : directionsOf(shape, OPERATION);
  const { index, mtu = 1500 } = await rtnlOf(netns).link.get({ ifname });
  const device = { index, mtu };
  const steps = shapeSteps(device, await standing(netns, device), wanted);
  if (steps.length === 0) return;
  try {
    await runAtomically(netns, steps);
  } catch (error) {
    throw explained(error, steps, ifname);
  }
}

async function standing(netns: OpenNamespace, device: ShapedDevice): Promise<ExistingShape> {
  const rtnl = rtnlOf(netns);
  const roots = await rtnl.qdisc.list();
  const egress = roots.some(
    ({ dev, parent, handle }) =>
      dev === device.index && parent === 'root' && (handle === NETEM || handle === TBF),
  );
  const links = await rtnl.link.list({ kind: 'ifb' });
  return { egress, ingress: links.some(({ ifname }) => ifname === ifbOf(device)) };
}

/** Names the missing kernel feature, or the conflicting qdisc. */
function explained(error: unknown, steps: readonly UndoableRequest[], ifname: string): unknown {
  if (!(error instanceof NetlinkError)) return error;
  const { errno, code, extack, notUndone, step = -1 } = error;
  const body = (steps[step]?.body ?? {}) as { readonly kind?: string };
  const detail = detailOf(code, body.kind ?? '');
  return new NetlinkError({
    ...{ errno, operation: OPERATION, object: ifname, extack, notUndone, cause: error },
    detail: detail ?? `at ${error.operation}`,
  });
}

function detailOf(code: string, kind: string): string | undefined {
  if (code === 'EEXIST')
    return kind === 'clsact'
      ? 'the device has an ingress qdisc of another program, whose filters would be bypassed'
      : 'the device has a root qdisc of another program: delete that qdisc first, or shape another device';
  if (code !== 'ENOENT' && code !== 'EOPNOTSUPP') return undefined;
  if (kind === 'netem')
    return 'delay, jitter and loss need netem (CONFIG_NET_SCH_NETEM), which this kernel lacks; a rate does not need netem';
  if (kind === 'tbf') return 'a rate needs tbf (CONFIG_NET_SCH_TBF), which this kernel lacks';
  return 'shaping of received packets needs ifb, clsact, u32 and mirred (CONFIG_IFB, CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED), and this kernel lacks one of them';
}
