import { ValidationError } from '../../errors/errors';
import { ROUTER } from '../addressing/link-addresses';
import { type Subnet, overlaps, parseSubnet } from '../addressing/subnet';

/** The kind of router: one router, or a router for each block of addresses behind a core router, or the host itself. */
export type Routing = 'router' | 'segments' | 'host';

/** Refuses options that need a bridge. Throws a ValidationError. */
export function checkRouted(
  spec: Partial<Record<'vxlan' | 'neighbours', unknown>> & { readonly subnet: Subnet },
  operation: string,
): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const { vxlan, neighbours, subnet } = spec;
  if (overlaps(subnet, parseSubnet(`${ROUTER}/32`) as Subnet))
    refuse(
      'subnet',
      subnet.text,
      `must not contain ${ROUTER} with the mode 'routed': every link uses this address for its router`,
    );
  if (vxlan) refuse('vxlan', vxlan, "must not be set with the mode 'routed': the tunnel needs a bridge");
  if (neighbours === 'dynamic')
    refuse('neighbours', neighbours, "must be 'static' with the mode 'routed': each link has only two ends");
}
