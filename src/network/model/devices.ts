/**
 * A device to remove. The MAC address identifies it where others might have its name; the tag does so if its MAC
 * address changes.
 */
export interface Device {
  readonly ifname: string;
  readonly mac?: string;
  readonly tag?: string;
}
