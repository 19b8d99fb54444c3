// The compiler judges these (tsc -p test); none of them is called.
import { expectTypeOf } from 'expect-type';
import type {
  BondSlaveInfo,
  BridgeInfo,
  BridgePortInfo,
  ActionInfo,
  ClassInfo,
  FilterInfo,
  FlowerInfo,
  HtbClassInfo,
  InspectedLink,
  LinkInfo,
  MirredInfo,
  NetemData,
  QdiscInfo,
  VethInfo,
  VxlanInfo,
} from '../../src';

export function links(link: LinkInfo, inspected: InspectedLink): void {
  expectTypeOf(link.kind).toEqualTypeOf<string | undefined>();
  if (link.kind === 'bridge') expectTypeOf(link.data).toEqualTypeOf<BridgeInfo | undefined>();
  if (link.kind === 'vxlan') expectTypeOf(link.data).toEqualTypeOf<VxlanInfo | undefined>();
  if (link.kind === 'veth') expectTypeOf(link.data).toEqualTypeOf<VethInfo | undefined>();
  // A kind without data, or one that only a newer kernel has.
  if (link.kind === 'dummy') expectTypeOf(link.data).toEqualTypeOf<undefined>();
  if (link.kind === 'team') expectTypeOf(link.data).toEqualTypeOf<undefined>();
  if (link.slaveKind === 'bridge') expectTypeOf(link.slaveData).toEqualTypeOf<BridgePortInfo | undefined>();
  if (link.slaveKind === 'bond') expectTypeOf(link.slaveData).toEqualTypeOf<BondSlaveInfo | undefined>();
  switch (inspected.kind) {
    case 'bridge':
      expectTypeOf(inspected.data?.forwardDelay).toEqualTypeOf<number | undefined>();
      break;
    case 'vlan':
      // @ts-expect-error A VLAN has no forward delay.
      expectTypeOf(inspected.data?.forwardDelay).toBeUndefined();
      break;
    default:
  }
}

export function trafficControl(
  qdisc: QdiscInfo,
  own: ClassInfo,
  filter: FilterInfo,
  action: ActionInfo,
): void {
  expectTypeOf(qdisc.kind).toEqualTypeOf<string>();
  if (qdisc.kind === 'netem') expectTypeOf(qdisc.data).toEqualTypeOf<NetemData | undefined>();
  if (qdisc.kind === 'noqueue') expectTypeOf(qdisc.data).toEqualTypeOf<undefined>();
  if (own.kind === 'htb') expectTypeOf(own.data).toEqualTypeOf<HtbClassInfo | undefined>();
  if (filter.kind === 'flower') expectTypeOf(filter.data).toEqualTypeOf<FlowerInfo | undefined>();
  if (action.kind === 'mirred') expectTypeOf(action.data).toEqualTypeOf<MirredInfo | undefined>();
}
