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

/** Takes steps back; tells what could not be. */
export type TakeBack = () => Promise<string[]>;

/** The bridges of a plan, which are made ahead of the rest. A failure leaves nothing. */
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

/** The ports of a plan: added by what stands in for a confirmation, while the executor can still take the rest back. */
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
    // Twice: what fails is taken back within the same time.
    this.options = { confirm, timeoutMs: 2 * times.reduce((sum, time) => sum + time, 0) };
  }

  /** Undefined for a plan without such steps. */
  static of(steps: readonly Step[]): LatePorts | undefined {
    const ports = steps.flatMap((step, index) => (step.op === 'ovs.ports' ? [{ step, index }] : []));
    return ports.length === 0 ? undefined : new LatePorts(ports);
  }

  /** Also for those whose turn came when the executor had given up. */
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

// Open vSwitch does not tell in which namespace it works.
async function checkDevice(
  spec: Required<PlanSpec>,
  { netns, bridge }: OvsBridgeStep,
  place: SwitchPlace,
): Promise<void> {
  // The plan was compiled: every label of these steps is a given namespace's.
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
