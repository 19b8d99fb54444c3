import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import { isNotFound } from '../../errors/not-found';
import { deleteBridge, makeBridge, type SwitchPlace } from '../../openvswitch/switch';
import { tagWords, vsctl } from '../explain/openvswitch';
import type { OvsBridgeStep } from '../spec/step';
import { type OutsideContext, placeholder, type StepHandler } from './handler';

export const ovsBridge: StepHandler<OvsBridgeStep> = {
  fields: {
    ...{ netns: 'any', socket: 'string', bridge: 'string' },
    ...{ datapathType: 'string?', mac: 'string?', mtu: 'any', tags: 'any' },
  },
  compile: placeholder,
  explain: (step) => [addBridge(step)],
  describe: ({ bridge }) => ({ object: bridge }),
  outside: { when: 'before', run },
};

async function run(step: OvsBridgeStep, context: OutsideContext): Promise<void> {
  const { op, netns, socket, bridge, tags } = step;
  const place = { operation: op, netns, socket, step: context.index };
  await makeBridge(place, step);
  context.onUndo(() => deleteBridge({ operation: op, netns, socket }, bridge, tags));
  await checkDevice(step, context, place);
}

// Open vSwitch does not report the namespace it works in.
async function checkDevice(
  { netns, bridge }: OvsBridgeStep,
  { namespace }: OutsideContext,
  place: SwitchPlace,
): Promise<void> {
  try {
    await namespace.rtnl.link.get({ ifname: bridge });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const detail = `ovs-vswitchd created the bridge in another namespace than '${netns}': choose the namespace of ovs-vswitchd`;
    const errno = os.constants.errno.ENODEV;
    throw new NetlinkError({ ...place, errno, object: bridge, detail });
  }
}

function addBridge({ socket, bridge, datapathType, mac, mtu, tags }: OvsBridgeStep): string {
  const columns = [
    ...(datapathType ? [`datapath_type=${datapathType}`] : []),
    ...(mac === undefined ? [] : [`other_config:hwaddr=${mac}`]),
    ...tagWords(tags),
  ];
  return vsctl(socket, [
    ['add-br', bridge],
    ...(columns.length > 0 ? [['set', 'bridge', bridge, ...columns]] : []),
    ...(mtu === undefined ? [] : [['set', 'interface', bridge, `mtu_request=${String(mtu)}`]]),
  ]);
}
