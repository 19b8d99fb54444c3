import { driverOf } from '../../drivers';
import type { Resource } from '../definition/resource';

/** The network's objects outside of the kernel, or those of its members, such as ports in Open vSwitch's database. */
export const externalObjects: Resource = {
  of: 'any',

  async find({ layout, isWhole, state: { members } }) {
    const external = layout && driverOf(layout).external;
    if (layout === undefined || external === undefined) return [];
    if (isWhole) return external.find(layout);
    return members.length > 0 ? external.findPorts(layout, members) : [];
  },

  async remove({ layout, isWhole, state: { members } }) {
    const external = layout && driverOf(layout).external;
    if (layout === undefined || external === undefined) return;
    if (isWhole) await external.remove(layout);
    else if (members.length > 0) await external.removePorts(layout, members);
  },

  outOfReach({ layout, isWhole }, error) {
    const external = layout && driverOf(layout).external;
    if (layout === undefined || !external?.isUnreachable(error)) return undefined;
    return `${isWhole ? external.name(layout) : external.portsName(layout)}: ${error.message}`;
  },
};
