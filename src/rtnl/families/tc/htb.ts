import type { Body } from '../../types/common/body';
import { bytesOf, joinRate, splitRate, ticksOf } from './clock';
import type { DataHooks } from './data';

/** The version of the kernel's structure, which the kernel checks. */
const HTB_VERSION = 3;
/** The default of `tc` on a kernel with high-resolution timers: one frame. */
const ONE_FRAME = 1600;

export const htb: DataHooks = {
  prepare({ defcls = 0, rate2quantum = 10, ...rest }) {
    return { ...rest, init: { version: HTB_VERSION, defcls, rate2quantum } };
  },
  present({ init, ...rest }) {
    const { defcls, rate2quantum, directPkts } = (init ?? {}) as Body;
    return { ...rest, defcls, rate2quantum, directPkts };
  },
};

export const htbClass: DataHooks = {
  prepare(data) {
    const { rate, ceil = rate, burst = ONE_FRAME, cburst = ONE_FRAME, ...more } = data;
    const { quantum, prio, overhead, mpu, linklayer = 'ethernet', ...rest } = more;
    const own = splitRate(rate);
    const most = splitRate(ceil);
    const parms = {
      ...{ rate: own.short, linklayer, overhead, mpu },
      ...{ ceil: most.short, ceilLinklayer: linklayer, ceilOverhead: overhead, ceilMpu: mpu },
      ...{ buffer: ticksOf(burst, rate), cbuffer: ticksOf(cburst, ceil), quantum, prio },
    };
    return { ...rest, parms, rate64: own.long, ceil64: most.long };
  },

  present({ parms, rate64, ceil64, ...rest }) {
    if (parms === undefined) return rest;
    const { rate, ceil, buffer, cbuffer, quantum, prio, level, overhead, mpu, linklayer } = parms as Body;
    const own = joinRate(rate, rate64);
    const most = joinRate(ceil, ceil64);
    return {
      ...rest,
      rate: own,
      ceil: most,
      burst: bytesOf(Number(buffer), own),
      cburst: bytesOf(Number(cbuffer), most),
      ...{ quantum, prio, level, overhead, mpu, linklayer },
    };
  },
};
