/** One row of an attribute table, as returned by {@link Binding.schema}. */
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

/** The names that the codec and the addon share. In an encoded program, a name is its place in its list. */
export interface Schema {
  /** What a step of a program can be. */
  readonly operations: readonly string[];
  readonly verbs: readonly string[];
  /** Kinds of kernel objects, in the order of their numbers. */
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
        /** For generic netlink: the family's name; the types are its commands. */
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
        /** Offset of the u8 in the header that takes the address family of the first encoded address; -1 if none. */
        readonly familyOffset: number;
        /** Offset of the u32 in the header that collects the mask of written bits; -1 if none. */
        readonly changeOffset: number;
        readonly header: readonly SchemaRow[];
        readonly attrs: readonly SchemaRow[];
      }
    >
  >;
}
