/** What the executor fills in before it sends: device names as indexes, slots as descriptors. */
export interface Patches {
  readonly devices: { readonly at: number; readonly name: string }[];
  readonly namespaces: { readonly at: number; readonly slot: number }[];
}
