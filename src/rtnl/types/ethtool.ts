/** What a device is to compute for the kernel, and what not. */
export interface EthtoolSet {
  /** The device, by name or index. */
  readonly dev: string | number;
  /**
   * By the names of `ethtool -k`, such as 'tx-checksum-ip-generic', or by its short ones, which stand for several: rx, tx,
   * sg, tso, gso, gro. What a device cannot do, or not otherwise, stays as it is.
   */
  readonly features: Readonly<Record<string, boolean>>;
}
