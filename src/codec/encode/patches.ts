/** Values that the executor fills in before sending: indexes of named devices, descriptors of slots. */
export interface Patches {
  readonly devices: { readonly at: number; readonly name: string }[];
  readonly namespaces: { readonly at: number; readonly slot: number }[];
}
