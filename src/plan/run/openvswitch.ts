import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import {
  deadlineFor,
  deleteBridge,
  makeBridge,
  plug,
  type SwitchPlace,
  unplug,
} from '../../openvswitch/switch';
import { isGone } from '../../errors/not-found';
import type { ConfirmOptions } from '../spec/spec';
import type { PlanSpec } from '../spec/spec';
import type { OvsBridgeStep, OvsPortsStep, Step } from '../spec/step';

/** Undoes steps; returns one line for each that could not be undone. */
export type TakeBack = () => Promise<string[]>;

/** Creates the bridges of a plan, before the rest. A failure undoes them. */
export async function applyBridges(spec: Required<PlanSpec>): Promise<TakeBack> {
  const done: OvsBridgeStep[] = [];
  const takeBack: TakeBack = () =>
    refusals([...done].reverse().map((step) => () => deleteBridge(placeOf(step), step.bridge, step.tags)));
  for (const [index, step] of spec.steps.entries()) {
    if (step.op !== 'ovs.bridge') continue;
    const place = placeOf(step, index);
    try {
      await makeBridge(place, step);
      done.push(step);
      await checkDevice(spec, step, place);
    } catch (error) {
      throw withLeft(error, place, await takeBack());
    }
  }
  return takeBack;
}

interface Late {
  readonly step: OvsPortsStep;
  readonly index: number;
}

/** The ports of a plan: added in place of a confirmation, while the executor can still undo the rest. */
export class LatePorts {
  readonly options: Required<ConfirmOptions>;
  readonly #steps: readonly Late[];
  readonly #done: OvsPortsStep[] = [];
  #adding: Promise<void> = Promise.resolve();

  private constructor(steps: readonly Late[]) {
    this.#steps = steps;
    const times = steps.map(({ step }) => deadlineFor(step.ports.length));
    const confirm = (): Promise<boolean> => {
      this.#adding = this.#add();
      return this.#adding.then(() => true);
    };
    // Twice the time: a failure is undone within the same period.
    this.options = { confirm, timeoutMs: 2 * times.reduce((sum, time) => sum + time, 0) };
  }

  /** Undefined for a plan without such steps. */
  static of(steps: readonly Step[]): LatePorts | undefined {
    const ports = steps.flatMap((step, index) => (step.op === 'ovs.ports' ? [{ step, index }] : []));
    return ports.length === 0 ? undefined : new LatePorts(ports);
  }

  /** Includes steps that ran after the executor had given up. */
  readonly takeBack: TakeBack = async () => {
    await this.#adding.catch(() => undefined);
    return refusals(
      [...this.#done].reverse().map((step) => () => unplug(placeOf(step), step.bridge, step.ports)),
    );
  };

  async #add(): Promise<void> {
    for (const { step, index } of this.#steps) {
      await plug(placeOf(step, index), step.bridge, step.ports);
      this.#done.push(step);
    }
  }
}

async function refusals(works: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const refused: string[] = [];
  for (const work of works) {
    await work().catch((error: unknown) =>
      refused.push(error instanceof Error ? error.message : String(error)),
    );
  }
  return refused;
}

// Open vSwitch does not report the namespace it works in.
async function checkDevice(
  spec: Required<PlanSpec>,
  { netns, bridge }: OvsBridgeStep,
  place: SwitchPlace,
): Promise<void> {
  // The plan has been compiled: every label of these steps belongs to a given namespace.
  const { rtnl } = spec.namespaces[netns] as NetworkNamespace;
  try {
    await rtnl.link.get({ ifname: bridge });
  } catch (error) {
    if (!isGone(error)) throw error;
    const detail = `ovs-vswitchd made it in another namespace than '${netns}': name the one that it runs in`;
    const errno = os.constants.errno.ENODEV;
    throw new NetlinkError({ ...place, errno, object: bridge, detail });
  }
}

function placeOf({ op, netns, socket }: OvsBridgeStep | OvsPortsStep, step?: number): SwitchPlace {
  return { operation: op, netns, socket, step };
}

function withLeft(error: unknown, place: SwitchPlace, notUndone: readonly string[]): unknown {
  if (!(error instanceof NetlinkError) || notUndone.length === 0) return error;
  const { errno, object, message } = error;
  return new NetlinkError({ ...place, errno, object, detail: message, notUndone, cause: error });
}
