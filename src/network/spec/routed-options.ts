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
      `must not hold ${ROUTER} with the mode 'routed': every link has it for its router`,
    );
  if (vxlan) refuse('vxlan', vxlan, "must not be there with the mode 'routed': there is no bridge to join");
  if (neighbours === 'dynamic')
    refuse('neighbours', neighbours, "must be 'static' with the mode 'routed', whose links are of two ends");
}
