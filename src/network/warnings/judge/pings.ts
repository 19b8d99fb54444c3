import { sampleAddress } from '../../model/families';
import { hopsOf, type PacketPath, named, type PathInput } from './packet-paths';
import { argument, inputHooks, only, outputHooks, words } from './path-hooks';
import { ECHO } from './packet';

/** A namespace pings its gateway, where that is the host itself. The kernel answers, not a process. */
export function pingsOfGateway({ layout, family, device }: PathInput): PacketPath[] {
  const gateway = family === 'ip' ? layout.gateway : layout.inet6?.gateway;
  if (gateway === undefined) return [];
  const inside = sampleAddress(layout, family);
  const common = { family, isTracked: false, isFurther: true } as const;
  const packet = { family, protocol: 'icmp' } as const;
  const kind = family === 'ip' ? 'icmp' : 'ipv6-icmp';
  const came = only(`iifname ${words(layout)}`, `-i ${argument(layout)}`);
  const [asks, answers] = [
    only(`iifname ${words(layout)} meta l4proto ${kind}`, `-i ${argument(layout)} -p ${kind}`),
    only(`oifname ${words(layout)} meta l4proto ${kind}`, `-o ${argument(layout)} -p ${kind}`),
  ];
  const question = {
    ...{ ...packet, echo: ECHO[family].question, saddr: inside, daddr: gateway, isForHost: true },
    ...{ iif: device, oif: null, ttl: hopsOf(layout) },
  };
  const answer = {
    ...{ ...packet, echo: ECHO[family].answer, saddr: gateway, daddr: inside, isFromHost: true },
    ...{ iif: null, oif: device, ttl: 64 },
  };
  return [
    { ...common, what: named('pings of the gateway', family), hooks: inputHooks(question, came, asks) },
    {
      ...common,
      what: named('replies to pings of the gateway', family),
      hooks: outputHooks(answer, answers),
    },
  ];
}
