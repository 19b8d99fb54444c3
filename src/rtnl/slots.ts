import type { NativeSlot, NativeStep } from '../native/program';
import { handleOf, isNamespace, type OpenNamespace } from '../nsfs/handle';
import { pathOf, type NamespaceRef } from '../nsfs/open';
import type { NamespaceResolver } from './request';

/** The slots of a program of requests, and the steps that open namespaces given by location. */
export class Slots {
  readonly slots: NativeSlot[];
  readonly steps: NativeStep[] = [];

  constructor(home: NativeSlot) {
    this.slots = [home];
  }

  /** Assigns a slot to a body's `netns`. */
  readonly resolve: NamespaceResolver = (reference, path, operation) => {
    if (isNamespace(reference)) return this.#add({ netns: handleOf(reference) });
    const file = pathOf(reference as Exclude<NamespaceRef, OpenNamespace>, operation, path);
    const slot = this.#add({});
    this.steps.push({ op: 'open', slot, path: file });
    return slot;
  };

  #add(slot: NativeSlot): number {
    return this.slots.push(slot) - 1;
  }
}
