import type { Body } from '../../types/common/body';
import { bytesOf, joinRate, splitRate } from './clock';
import type { DataHooks } from './data';

/**
 * The kernel's structure has two rate specifications, whose link layer must be set: otherwise the kernel looks for
 * tables that only old versions of `tc` send.
 */
export const tbf: DataHooks = {
  prepare(data) {
    const { rate, peakrate, limit, mtu, overhead, mpu, linklayer = 'ethernet', ...rest } = data;
    const own = splitRate(rate);
    const peak = splitRate(peakrate);
    const peakParms = peakrate === undefined ? {} : { peakrate: peak.short, peakLinklayer: linklayer };
    return {
      ...rest,
      parms: { rate: own.short, limit, overhead, mpu, linklayer, ...peakParms },
      rate64: own.long,
      prate64: peak.long,
      pburst: mtu,
    };
  },

  present({ parms, rate64, prate64, ...rest }) {
    if (parms === undefined) return rest;
    const { rate, peakrate, buffer, mtu, limit, overhead, mpu, linklayer } = parms as Body;
    const own = joinRate(rate, rate64);
    const peak = joinRate(peakrate, prate64);
    return {
      ...rest,
      rate: own,
      burst: bytesOf(Number(buffer), own),
      limit,
      overhead,
      mpu,
      linklayer,
      ...(peak === 0 ? {} : { peakrate: peak, mtu: bytesOf(Number(mtu), peak) }),
    };
  },
};
