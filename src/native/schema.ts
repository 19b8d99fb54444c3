/** One row of an attribute table, as {@link Binding.schema} tells it. */
export interface SchemaRow {
  readonly type: number;
  readonly key: string;
  readonly kind: string;
  readonly arg: number;
  readonly access: 'both' | 'reply' | 'request';
  /** Name of the nested table. */
  readonly nest?: string;
  readonly names?: { readonly bitmask: boolean; readonly values: Readonly<Record<string, number>> };
  readonly selector?: string;
  readonly variants?: Readonly<Record<string, string>>;
}
export interface Schema {
  readonly families: Readonly<
    Record<
      string,
      {
        readonly table: string;
        readonly protocol: number;
        readonly newType: number;
        readonly deleteType: number;
        readonly getType: number;
        readonly addressFamily: number;
        /** Of generic netlink: the family's name there; the types are its commands. */
        readonly generic?: string;
        readonly identity: readonly string[];
      }
    >
  >;
  readonly tables: Readonly<
    Record<
      string,
      {
        readonly headerSize: number;
        /** Of the u8 in the header that takes the address family of the first address encoded; -1 if there is none. */
        readonly familyOffset: number;
        /** Of the u32 in the header that collects the mask of the bits written; -1 if there is none. */
        readonly changeOffset: number;
        readonly header: readonly SchemaRow[];
        readonly attrs: readonly SchemaRow[];
      }
    >
  >;
}
