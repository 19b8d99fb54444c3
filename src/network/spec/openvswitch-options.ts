import { type InferOutput, optional, parse, picklist, pipe, regex, string } from 'valibot';
import { ValidationError } from '../../errors/errors';
import { options } from '../../errors/validate-options';

/** Access to Open vSwitch, and its datapath. */
export interface OpenvswitchOptions {
  /** The path of its database's Unix socket. Default '/var/run/openvswitch/db.sock'. */
  readonly socket?: string;
  /** 'system' (default): the kernel's datapath, the module openvswitch. 'netdev': that of ovs-vswitchd itself. */
  readonly datapathType?: 'system' | 'netdev';
}

export const openvswitchSchema = options({
  socket: optional(
    pipe(
      string('must be the path of a Unix socket'),
      regex(/^\/[^\0]{1,106}$/, 'must be an absolute path of at most 107 bytes'),
    ),
    '/var/run/openvswitch/db.sock',
  ),
  datapathType: optional(picklist(['system', 'netdev'], 'must be "system" or "netdev"'), 'system'),
});

/** Checked options with defaults filled in. */
export type Openvswitch = Readonly<InferOutput<typeof openvswitchSchema>>;

interface Wanted {
  readonly switch?: 'linux' | 'openvswitch' | undefined;
  readonly openvswitch?: Openvswitch | undefined;
  readonly lifetime: 'process' | 'persistent';
  readonly mode?: unknown;
  readonly vxlan?: unknown;
}

/**
 * The switch of a spec; undefined: the kernel's own bridge. Throws a ValidationError for options that Open vSwitch
 * cannot be combined with.
 */
export function openvswitchOf(spec: Wanted, operation: string): Openvswitch | undefined {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const { switch: kind, openvswitch, lifetime, mode, vxlan } = spec;
  if (kind !== 'openvswitch') {
    if (openvswitch) refuse('openvswitch', openvswitch, "must not be set without switch: 'openvswitch'");
    return undefined;
  }
  if (lifetime === 'process') {
    const remedy =
      "must be 'persistent' with the switch 'openvswitch': its database keeps the bridge and ports of a killed process";
    refuse('lifetime', lifetime, `${remedy} until gc()`);
  }
  if (mode === 'routed') refuse('mode', mode, "must be 'bridge' with the switch 'openvswitch'");
  if (vxlan) refuse('vxlan', vxlan, "must not be set with the switch 'openvswitch'");
  return openvswitch ?? parse(openvswitchSchema, {});
}
