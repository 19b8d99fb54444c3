/** Offload features to switch on or off. */
export interface EthtoolSet {
  /** The device, by name or index. */
  readonly dev: string | number;
  /**
   * By the names of `ethtool -k`, such as 'tx-checksum-ip-generic', or by its short names for several: rx, tx, sg, tso,
   * gso, gro. Features that the device lacks, or cannot change, stay unchanged.
   */
  readonly features: Readonly<Record<string, boolean>>;
}
